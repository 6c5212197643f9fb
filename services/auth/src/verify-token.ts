import type { Deps } from './deps'
import { findStandingUser } from './find-standing-user'
import { toUser } from './user'

/** Tells another service whether a token and its user still stand. */
export async function verifyToken({ database, readToken }: Deps, token: string) {
  const claimed = await readToken(token).catch(() => null)
  const row = claimed && (await findStandingUser(database, claimed))
  return row ? { valid: true, user: toUser(row) } : { valid: false, user: null }
}
