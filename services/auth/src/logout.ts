import type { Deps } from './deps'
import type { Origin } from './origin'
import { hashRefreshToken } from './refresh-tokens'
import { endSessionOf } from './sessions'

/** Ends a session. A token that is unknown or has ended is no error: what the caller wants is so already. */
export async function logout(deps: Deps, refreshToken: string, origin: Origin): Promise<undefined> {
  const ended = await endSessionOf(deps, hashRefreshToken(refreshToken), 'logout', origin)
  if (ended) deps.log.info('logged_out', { userId: ended.user_id, sessionId: ended.id })
}
