import { queryRow, unauthorized } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { Origin } from './origin'
import { hashRefreshToken, sweepExpired } from './refresh-tokens'
import { continueSession, endSessionOf, type TokenPair } from './sessions'
import { type UserRow, userColumns } from './user'

/**
 * Trades a refresh token for the next pair. Each works once, and there is no time of grace: of two calls with the same
 * token, also at the same moment, one gets a pair and the other ends the session, because a thief and the owner cannot
 * be told apart (RFC 9700, 4.14.2). So a client refreshes once at a time, and signs in again where the answer was lost.
 */
export async function refresh(deps: Deps, refreshToken: string, origin: Origin): Promise<TokenPair> {
  const hash = hashRefreshToken(refreshToken)
  const tokens = await deps.database.transaction(async (transaction) => {
    const used = await useToken(deps, hash, transaction)
    return used && continueSession(deps, used, used.session_id, transaction)
  })
  if (!tokens) {
    await endReused(deps, hash, origin)
    throw unauthorized('The refresh token is not valid any more. Please sign in again.')
  }
  await sweepExpired(deps.database)
  return tokens
}

/** Marks a token as used, if it was not, and if its session and user stand. A parallel call waits here for the first. */
function useToken({ database }: Deps, hash: Buffer, transaction: Transaction) {
  return queryRow<UserRow & { session_id: string }>(
    database,
    `WITH used AS (
       UPDATE refresh_tokens t SET used_at = now() FROM sessions s
       WHERE t.hash = $1 AND t.used_at IS NULL AND t.expires_at > now()
         AND s.id = t.session_id AND s.ended_at IS NULL
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.is_active)
       RETURNING s.id AS session_id, s.user_id)
     SELECT ${userColumns}, session_id FROM used JOIN users ON users.id = used.user_id`,
    [hash],
    transaction,
  )
}

async function endReused(deps: Deps, hash: Buffer, origin: Origin): Promise<void> {
  const ended = await endSessionOf(deps, hash, 'reuse', origin)
  if (ended) deps.log.warn('refresh_token_reused', { userId: ended.user_id, sessionId: ended.id })
}
