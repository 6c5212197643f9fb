import { queryRow, type User, unauthorized, type VerifyUser } from '@duka/kit'
import type { Sequelize } from 'sequelize'
import { type UserRow, userColumns } from './user'

/** The user of a token whose signature is good, if all that it says is still so: session, version, role, activity. */
export function findStandingUser(
  database: Sequelize,
  { id, sessionId, version, role }: User,
): Promise<UserRow | undefined> {
  return queryRow<UserRow>(
    database,
    `SELECT ${userColumns} FROM users
     WHERE id = $1 AND is_active AND token_version = $3 AND role = $4
       AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = $2 AND s.user_id = users.id AND s.ended_at IS NULL)`,
    [id, sessionId, version, role],
  )
}

/** Checks tokens against the database too: it is at hand here, so what was revoked ends at once. */
export function createStandingVerifier(database: Sequelize, readToken: VerifyUser): VerifyUser {
  return async (token) => {
    const user = await readToken(token)
    if (await findStandingUser(database, user)) return user
    throw unauthorized('This session has ended. Please sign in again.')
  }
}
