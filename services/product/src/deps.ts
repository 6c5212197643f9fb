import { authContract } from '@duka/contracts'
import {
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
  currency: string
}

export function createDeps(config: Config, log: Log): Deps {
  const auth = createClient({ target: 'auth', baseUrl: config.AUTH_SERVICE_URL })
  return {
    database: connectDatabase({ url: config.PRODUCT_DATABASE_URL, applicationName: 'product' }),
    log,
    verifyUser: createUserVerifier(createJwksSource(() => auth.call(authContract.readJwks, {}))),
    proof: createProof({ name: 'product', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS }),
    currency: config.STORE_CURRENCY,
  }
}
