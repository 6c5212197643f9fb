import { createHash, randomBytes } from 'node:crypto'
import { queryRow, queryRows } from '@duka/kit'
import type { Sequelize } from 'sequelize'

export const resetTokenMinutes = 30

/**
 * Mails per account and life of a token. Earlier tokens stay good, so whoever uses the number up for somebody else has
 * only filled that inbox with three tokens that work.
 */
const maxLiving = 3

export interface ResetToken {
  token: string
  hash: Buffer
}

/** 256 random bits, of which only a hash is kept. */
export function hashResetToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Undefined where the account has its number of tokens already. */
export async function addResetToken(database: Sequelize, userId: string): Promise<ResetToken | undefined> {
  const token = randomBytes(32).toString('base64url')
  const hash = hashResetToken(token)
  const added = await queryRow(
    database,
    `INSERT INTO password_resets (hash, user_id, expires_at)
     SELECT $1, $2, now() + make_interval(mins => ${resetTokenMinutes})
     WHERE (SELECT count(*) FROM password_resets WHERE user_id = $2 AND expires_at > now()) < ${maxLiving}
     RETURNING user_id`,
    [hash, userId],
  )
  return added && { token, hash }
}

export async function dropResetToken(database: Sequelize, hash: Buffer): Promise<void> {
  await queryRows(database, 'DELETE FROM password_resets WHERE hash = $1', [hash])
}

export async function deleteExpiredResets(database: Sequelize): Promise<void> {
  await queryRows(database, 'DELETE FROM password_resets WHERE expires_at < now()')
}
