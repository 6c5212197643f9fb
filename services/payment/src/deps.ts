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
import { mpesaAccount } from './mpesa/account'
import { createDaraja, type Daraja } from './mpesa/daraja'
import { stripeAccount } from './stripe/account'
import { createStripe, type StripeApi } from './stripe/stripe'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  /** For lists and reports, which may lag a little; nothing is decided on what it gives. */
  reads: Source
  log: Log
  verifyUser: VerifyUser
  proof: Proof
  order: Client
  /** null where the shop has no M-Pesa account. */
  mpesa: {
    daraja: Daraja
    callbackBaseUrl: string
    /** Whether a callback that says paid is believed only once Safaricom, asked back, says the same. */
    confirmByQuery: boolean
    /** Where Safaricom calls from; any address where there is none. */
    allowedIps: readonly string[]
  } | null
  /** null where the shop has no Stripe account. */
  stripe: StripeApi | null
  /** Multiplies every limit of prompts. */
  limitFactor: number
}

export function createDeps(config: Config, log: Log): Deps & { identity: UserIdentity } {
  const database = connectDatabase({ url: config.PAYMENT_DATABASE_URL, applicationName: 'payment' })
  const proof = createProof({ name: 'payment', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS })
  const identity = createUserIdentity({ baseUrl: config.AUTH_SERVICE_URL, proof, log })
  const account = mpesaAccount(config)
  const cards = stripeAccount(config)
  return {
    database,
    reads: connectReads({ database, url: config.PAYMENT_DATABASE_READ_URL, applicationName: 'payment', log }),
    log,
    identity,
    verifyUser: identity.verifyUser,
    proof,
    order: createClient({ target: 'order', baseUrl: config.ORDER_SERVICE_URL, proof }),
    mpesa: account && {
      daraja: createDaraja(account, database),
      callbackBaseUrl: account.callbackBaseUrl,
      confirmByQuery: config.MPESA_CONFIRM_BY_QUERY,
      allowedIps: config.MPESA_ALLOWED_IPS,
    },
    stripe: cards && createStripe(cards),
    limitFactor: config.RATE_LIMIT_FACTOR,
  }
}
