import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { UserRow } from './user'

/** Sets an active user's new password; false where it is no longer the one that was looked at. What mails may reset ends. */
export async function setPassword(
  { database }: Deps,
  { id, password_version }: Pick<UserRow, 'id' | 'password_version'>,
  hash: string,
  transaction: Transaction,
): Promise<boolean> {
  const changed = await queryRow(
    database,
    `WITH changed AS (
       UPDATE users SET password = $3, password_version = password_version + 1, updated_at = now()
       WHERE id = $1 AND password_version = $2 AND is_active RETURNING id),
     spent AS (DELETE FROM password_resets USING changed WHERE user_id = changed.id)
     SELECT id FROM changed`,
    [id, password_version, hash],
    transaction,
  )
  return changed !== undefined
}
