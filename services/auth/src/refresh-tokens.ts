import { createHash, randomBytes } from 'node:crypto'
import { queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'

export const refreshTokenDays = 30

const sweptAtOnce = 20

/** 256 random bits need no salt and no slow hash: nobody can try them all. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Makes the next token of a session and keeps its hash; the token itself is known to its holder only. */
export async function addRefreshToken(
  database: Sequelize,
  sessionId: string,
  transaction: Transaction,
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await queryRows(
    database,
    `WITH token AS (
       INSERT INTO refresh_tokens (hash, session_id, expires_at)
       VALUES ($1, $2, now() + make_interval(days => ${refreshTokenDays})) RETURNING session_id, expires_at)
     UPDATE sessions SET expires_at = token.expires_at FROM token WHERE sessions.id = token.session_id`,
    [hashRefreshToken(token), sessionId],
    transaction,
  )
  return token
}

/**
 * Deletes a few expired tokens and sessions, anybody's. Every new token pays for twenty old ones, so the tables cannot
 * outgrow what is alive, and no timer or queue is needed for it.
 */
export async function sweepExpired(database: Sequelize): Promise<void> {
  for (const [table, key] of [
    ['refresh_tokens', 'hash'],
    ['sessions', 'id'],
  ]) {
    await queryRows(
      database,
      `DELETE FROM ${table} WHERE ${key} IN (
         SELECT ${key} FROM ${table} WHERE expires_at < now()
         ORDER BY expires_at LIMIT ${sweptAtOnce} FOR UPDATE SKIP LOCKED)`,
    )
  }
}
