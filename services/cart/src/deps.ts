import { authContract } from '@duka/contracts'
import {
  type Client,
  connectDatabase,
  createClient,
  createJwksSource,
  createProof,
  createUserVerifier,
  type Log,
  type Proof,
  type VerifyUser,
} from '@duka/kit'
import type { Sequelize } from 'sequelize'
import type { Config } from './config'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  log: Log
  verifyUser: VerifyUser
  proof: Proof
  product: Client
  currency: string
}

/** A cart is shown unchecked rather than late. */
const productTimeoutMs = 2_000

export function createDeps(config: Config, log: Log): Deps {
  const proof = createProof({ name: 'cart', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS })
  const auth = createClient({ target: 'auth', baseUrl: config.AUTH_SERVICE_URL })
  return {
    database: connectDatabase({ url: config.CART_DATABASE_URL, applicationName: 'cart' }),
    log,
    verifyUser: createUserVerifier(createJwksSource(() => auth.call(authContract.readJwks, {}))),
    proof,
    product: createClient({
      target: 'product',
      baseUrl: config.PRODUCT_SERVICE_URL,
      proof,
      timeoutMs: productTimeoutMs,
    }),
    currency: config.STORE_CURRENCY,
  }
}
