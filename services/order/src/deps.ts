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
import type { Config } from './config'
import type { Pricing } from './totals'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
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
  return {
    database: connectDatabase({ url: config.ORDER_DATABASE_URL, applicationName: 'order' }),
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
