import {
  connectDatabase,
  connectReads,
  createProof,
  createUserVerifier,
  type Log,
  type Proof,
  type Source,
  type VerifyUser,
} from '@duka/kit'
import type { Sequelize } from 'sequelize'
import { createTokenKeys, type TokenKeys } from './access-tokens'
import type { Config } from './config'
import { createStandingVerifier } from './find-standing-user'
import { createMailer, type SendMail } from './mail/mailer'
import { createPasswords, type Passwords } from './passwords'

/** All that the use cases need from outside. */
export interface Deps {
  database: Sequelize
  /** For lists and reports, which may lag a little; nothing is decided on what it gives. */
  reads: Source
  log: Log
  keys: TokenKeys
  passwords: Passwords
  /** What a token says, by its signature alone. */
  readToken: VerifyUser
  /** The same, if its session and user still stand. */
  verifyUser: VerifyUser
  proof: Proof
  sendMail: SendMail
  /** The page that a reset mail links to. */
  passwordResetUrl: string | undefined
  /** Multiplies how many tries are free. */
  limitFactor: number
}

export function createDeps(config: Config, log: Log): Deps {
  const database = connectDatabase({ url: config.AUTH_DATABASE_URL, applicationName: 'auth' })
  const keys = createTokenKeys(config.JWT_PRIVATE_KEY, config.JWT_PREVIOUS_PUBLIC_KEYS)
  const readToken = createUserVerifier(keys.find)
  return {
    database,
    reads: connectReads({ database, url: config.AUTH_DATABASE_READ_URL, applicationName: 'auth', log }),
    log,
    keys,
    passwords: createPasswords(config.BCRYPT_COST),
    readToken,
    verifyUser: createStandingVerifier(database, readToken),
    proof: createProof({ name: 'auth', privateKey: config.SERVICE_KEY, publicKeys: config.SERVICE_PUBLIC_KEYS }),
    sendMail: createMailer(config, log),
    passwordResetUrl: config.PASSWORD_RESET_URL,
    limitFactor: config.RATE_LIMIT_FACTOR,
  }
}
