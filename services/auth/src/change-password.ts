import type { authContract as contract, InputOf } from '@duka/contracts'
import { queryRow, type User, validationFailed } from '@duka/kit'
import { refuseCommonPassword } from './common-passwords'
import type { Deps } from './deps'
import { endOtherSessions } from './sessions'
import { getUser } from './user'

type Input = InputOf<typeof contract.changePassword>['body']

/** Changes the password and ends every session but the one that asks. */
export async function changePassword(
  deps: Deps,
  user: User,
  { currentPassword, newPassword }: Input,
): Promise<undefined> {
  refuseCommonPassword(newPassword, 'newPassword')
  const { password: before } = await getUser(deps.database, user.id)
  if (!(await deps.passwords.matches(currentPassword, before))) throw wrongPassword()
  const after = await deps.passwords.hash(newPassword)
  await deps.database.transaction(async (transaction) => {
    // Of two changes at once, the later one's current password is no longer right.
    const changed = await queryRow(
      deps.database,
      'UPDATE users SET password = $3, updated_at = now() WHERE id = $1 AND password = $2 RETURNING id',
      [user.id, before, after],
      transaction,
    )
    if (!changed) throw wrongPassword()
    await endOtherSessions(deps.database, user, 'password_change', transaction)
  })
  deps.log.info('password_changed', { userId: user.id })
}

/** Not a 401: the token is good, and a client that refreshed it would get the same answer again. */
function wrongPassword() {
  return validationFailed([{ path: 'currentPassword', message: 'is not your current password' }])
}
