import { newId, queryRow, queryRows, userTokenSeconds } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { type AuditEntry, writeAudit } from './audit'
import type { Deps } from './deps'
import type { Origin } from './origin'
import { addRefreshToken, refreshTokenDays } from './refresh-tokens'
import { type UserRow, wrongCredentials } from './user'

export interface TokenPair {
  token: string
  refreshToken: string
  /** Seconds that `token` lives. */
  expiresIn: number
}

/**
 * Starts the family of tokens that a sign-in gives. The password is looked at once more under a lock: a sign-in
 * with the old password that overtakes its change must not leave a session behind. Throws the 401 of a wrong password.
 */
export async function openSession(
  deps: Deps,
  user: UserRow,
  { action, origin }: { action: AuditEntry['action']; origin: Origin },
  transaction: Transaction,
): Promise<TokenPair> {
  const session = await queryRow<{ id: string }>(
    deps.database,
    `INSERT INTO sessions (id, user_id, expires_at)
     SELECT $1, id, now() + make_interval(days => ${refreshTokenDays}) FROM users
     WHERE id = $2 AND password_version = $3 AND is_active FOR SHARE
     RETURNING id`,
    [newId(), user.id, user.password_version],
    transaction,
  )
  if (!session) throw wrongCredentials()
  const entry = { action, actorId: user.id, userId: user.id, sessionId: session.id }
  await writeAudit(deps.database, entry, origin, transaction)
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
    expiresIn: userTokenSeconds,
  }
}

/**
 * Ends the session that a refresh token belongs to, and gives whose it was; undefined where nothing ended. For `reuse`
 * only a token that was used counts.
 */
export async function endSessionOf(
  { database }: Deps,
  tokenHash: Buffer,
  reason: 'logout' | 'reuse',
  origin: Origin,
): Promise<{ id: string; user_id: string } | undefined> {
  return database.transaction(async (transaction) => {
    const ended = await queryRow<{ id: string; user_id: string }>(
      database,
      `UPDATE sessions s SET ended_at = now(), end_reason = $2 FROM refresh_tokens t
       WHERE t.hash = $1 AND ($2 <> 'reuse' OR t.used_at IS NOT NULL) AND s.id = t.session_id AND s.ended_at IS NULL
       RETURNING s.id, s.user_id`,
      [tokenHash, reason],
      transaction,
    )
    if (!ended) return undefined
    const actor =
      reason === 'logout' ? { action: reason, actorId: ended.user_id } : { action: 'refresh_reused' as const }
    await writeAudit(database, { ...actor, userId: ended.user_id, sessionId: ended.id }, origin, transaction)
    return ended
  })
}

/** Ends all sessions of a user, but for one where it is given. */
export async function endSessions(
  { database }: Deps,
  { id, exceptId }: { id: string; exceptId?: string },
  reason: 'password_change' | 'password_reset' | 'deactivation',
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `UPDATE sessions SET ended_at = now(), end_reason = $3
     WHERE user_id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR id <> $2)`,
    [id, exceptId ?? null, reason],
    transaction,
  )
}
