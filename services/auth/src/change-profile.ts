import type { authContract as contract, InputOf } from '@duka/contracts'
import { notFound, queryRow } from '@duka/kit'
import type { Deps } from './deps'
import { toUser, type UserRow, userColumns } from './user'

type Input = InputOf<typeof contract.changeProfile>['body']

/** Changes what is sent and leaves the rest; `phoneNumber: null` removes the number. */
export async function changeProfile({ database }: Deps, userId: string, { name, phoneNumber }: Input) {
  const row = await queryRow<UserRow>(
    database,
    `UPDATE users SET name = coalesce($2, name), phone_number = CASE WHEN $3 THEN $4 ELSE phone_number END,
       updated_at = now()
     WHERE id = $1 RETURNING ${userColumns}`,
    [userId, name ?? null, phoneNumber !== undefined, phoneNumber ?? null],
  )
  if (!row) throw notFound('user')
  return { user: toUser(row) }
}
