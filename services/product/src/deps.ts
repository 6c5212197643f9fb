import {
  connectDatabase,
  connectReads,
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
import { createHoldStock, type HoldStock } from './hold-stock'
import { type Answers, keepAnswers } from './keep-answers'
import { type Counts, keepCounts } from './keep-counts'
import type { Store } from './product'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  /** For lists and reports, which may lag a little; nothing is decided on what it gives. */
  reads: Source
  log: Log
  verifyUser: VerifyUser
  proof: Proof
  store: Store
  counts: Counts
  answers: Answers
  holdStock: HoldStock
}

export function createDeps(config: Config, log: Log): Deps & { identity: UserIdentity } {
  const proof = createProof({ name: 'product', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS })
  const identity = createUserIdentity({ baseUrl: config.AUTH_SERVICE_URL, proof, log })
  const database = connectDatabase({ url: config.PRODUCT_DATABASE_URL, applicationName: 'product' })
  return {
    database,
    reads: connectReads({ database, url: config.PRODUCT_DATABASE_READ_URL, applicationName: 'product', log }),
    log,
    identity,
    verifyUser: identity.verifyUser,
    proof,
    store: { currency: config.STORE_CURRENCY, publicBaseUrl: config.PUBLIC_BASE_URL },
    counts: keepCounts(),
    answers: keepAnswers(),
    holdStock: createHoldStock(database),
  }
}
