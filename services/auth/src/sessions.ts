import { newId, queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import { accessTokenSeconds } from './access-tokens'
import type { Deps } from './deps'
import { addRefreshToken, refreshTokenDays } from './refresh-tokens'
import { type UserRow, wrongCredentials } from './user'

export interface TokenPair {
  token: string
  refreshToken: string
  /** Seconds that `token` lives. */
  expiresIn: number
}

/**
 * Starts the family of tokens that a sign-in gives. The password's hash is looked at once more under a lock: a sign-in
 * with the old password that overtakes its change must not leave a session behind. Throws the 401 of a wrong password.
 */
export async function openSession(deps: Deps, user: UserRow, transaction: Transaction): Promise<TokenPair> {
  const session = await queryRow<{ id: string }>(
    deps.database,
    `INSERT INTO sessions (id, user_id, expires_at)
     SELECT $1, id, now() + make_interval(days => ${refreshTokenDays}) FROM users
     WHERE id = $2 AND password = $3 AND is_active FOR SHARE
     RETURNING id`,
    [newId(), user.id, user.password],
    transaction,
  )
  if (!session) throw wrongCredentials()
  return continueSession(deps, user, session.id, transaction)
}

/** The next pair of tokens of a session. */
export async function continueSession(
  { database, keys }: Deps,
  user: UserRow,
  sessionId: string,
  transaction: Transaction,
): Promise<TokenPair> {
  return {
    token: keys.sign(user, sessionId),
    refreshToken: await addRefreshToken(database, sessionId, transaction),
    expiresIn: accessTokenSeconds,
  }
}

/**
 * Ends the session that a refresh token belongs to, and gives its id; undefined where nothing ended. For `reuse` only
 * a token that was used counts.
 */
export async function endSessionOf(
  database: Sequelize,
  tokenHash: Buffer,
  reason: 'logout' | 'reuse',
): Promise<string | undefined> {
  const ended = await queryRow<{ id: string }>(
    database,
    `UPDATE sessions s SET ended_at = now(), end_reason = $2 FROM refresh_tokens t
     WHERE t.hash = $1 AND ($2 <> 'reuse' OR t.used_at IS NOT NULL) AND s.id = t.session_id AND s.ended_at IS NULL
     RETURNING s.id`,
    [tokenHash, reason],
  )
  return ended?.id
}

/** Ends all sessions of a user but one. */
export async function endOtherSessions(
  database: Sequelize,
  { id, sessionId }: { id: string; sessionId: string },
  reason: 'password_change',
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `UPDATE sessions SET ended_at = now(), end_reason = $3 WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL`,
    [id, sessionId, reason],
    transaction,
  )
}
