import {
  type Client,
  connectDatabase,
  connectReads,
  createClient,
  createProof,
  createUserIdentity,
  type Log,
  type Proof,
  type Source,
  type UserIdentity,
  type VerifyUser,
} from '@duka/kit'
import type { Sequelize } from 'sequelize'
import type { Config } from './config'
import type { Pricing } from './totals'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  /** For lists and reports, which may lag a little; nothing is decided on what it gives. */
  reads: Source
  log: Log
  verifyUser: VerifyUser
  proof: Proof
  product: Client
  cart: Client
  payment: Client
  pricing: Pricing
  orderTtlMinutes: number
}

export function createDeps(config: Config, log: Log): Deps & { identity: UserIdentity } {
  const proof = createProof({ name: 'order', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS })
  const identity = createUserIdentity({ baseUrl: config.AUTH_SERVICE_URL, proof, log })
  const database = connectDatabase({ url: config.ORDER_DATABASE_URL, applicationName: 'order' })
  return {
    database,
    reads: connectReads({ database, url: config.ORDER_DATABASE_READ_URL, applicationName: 'order', log }),
    log,
    identity,
    verifyUser: identity.verifyUser,
    proof,
    product: createClient({ target: 'product', baseUrl: config.PRODUCT_SERVICE_URL, proof }),
    cart: createClient({ target: 'cart', baseUrl: config.CART_SERVICE_URL, proof }),
    payment: createClient({ target: 'payment', baseUrl: config.PAYMENT_SERVICE_URL, proof }),
    pricing: { currency: config.STORE_CURRENCY, deliveryFee: config.DELIVERY_FEE, vatRate: config.VAT_RATE },
    orderTtlMinutes: config.ORDER_TTL_MINUTES,
  }
}
