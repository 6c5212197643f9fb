import {
  type Client,
  connectDatabase,
  createClient,
  createProof,
  createUserIdentity,
  type Log,
  type Proof,
  type UserIdentity,
  type VerifyUser,
} from '@duka/kit'
import type { Sequelize } from 'sequelize'
import { type CartStore, createCartStore } from './cart-store'
import type { Config } from './config'
import { type KnownOffers, keepOffers } from './offers'
import { restClient } from './rest-client'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  carts: CartStore
  log: Log
  verifyUser: VerifyUser
  proof: Proof
  product: Client
  offers: KnownOffers
  currency: string
}

/** A cart is shown unchecked rather than late. */
const productTimeoutMs = 2_000

export function createDeps(config: Config, log: Log): Deps & { identity: UserIdentity } {
  const proof = createProof({ name: 'cart', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS })
  const identity = createUserIdentity({ baseUrl: config.AUTH_SERVICE_URL, proof, log })
  const database = connectDatabase({ url: config.CART_DATABASE_URL, applicationName: 'cart' })
  return {
    database,
    carts: createCartStore(database),
    log,
    identity,
    verifyUser: identity.verifyUser,
    proof,
    product: restClient(
      createClient({ target: 'product', baseUrl: config.PRODUCT_SERVICE_URL, proof, timeoutMs: productTimeoutMs }),
      { target: 'product' },
    ),
    offers: keepOffers(),
    currency: config.STORE_CURRENCY,
  }
}
