import type { Deps } from './deps'
import { hashRefreshToken } from './refresh-tokens'
import { endSessionOf } from './sessions'

/** Ends a session. A token that is unknown or has ended is no error: what the caller wants is so already. */
export async function logout({ database, log }: Deps, refreshToken: string): Promise<undefined> {
  const sessionId = await endSessionOf(database, hashRefreshToken(refreshToken), 'logout')
  if (sessionId) log.info('logged_out', { sessionId })
}
