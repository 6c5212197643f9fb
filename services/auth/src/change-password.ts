import type { authContract as contract, InputOf } from '@duka/contracts'
import { type User, validationFailed } from '@duka/kit'
import { writeAudit } from './audit'
import { refuseCommonPassword } from './common-passwords'
import type { Deps } from './deps'
import type { Origin } from './origin'
import { endSessions } from './sessions'
import { setPassword } from './set-password'
import { type Policy, takeTry } from './throttle'
import { getUser } from './user'

type Input = InputOf<typeof contract.changePassword>['body']

/** Guesses at the current password by somebody who has hold of a session. */
const currentPasswordTries: Policy = { name: 'current-password', free: 5, drainSeconds: 600, maxWaitSeconds: 900 }

/** Changes the password and ends every session but the one that asks. */
export async function changePassword(deps: Deps, user: User, input: Input, origin: Origin): Promise<undefined> {
  refuseCommonPassword(input.newPassword, 'newPassword')
  const before = await getUser(deps.database, user.id)
  const attempt = await takeTry(deps, [{ policy: currentPasswordTries, subject: user.id }])
  const who = { actorId: user.id, userId: user.id, sessionId: user.sessionId }
  if (!(await attempt.make(() => deps.passwords.matches(input.currentPassword, before.password)))) {
    await writeAudit(deps.database, { action: 'password_change_failed', ...who }, origin)
    throw wrongPassword()
  }
  await attempt.giveBack()
  const hash = await deps.passwords.hash(input.newPassword)
  await deps.database.transaction(async (transaction) => {
    // Of two changes at once, the later one's current password is no longer right.
    if (!(await setPassword(deps, before, hash, transaction))) throw wrongPassword()
    await endSessions(deps, { id: user.id, exceptId: user.sessionId }, 'password_change', transaction)
    await writeAudit(deps.database, { action: 'password_changed', ...who }, origin, transaction)
  })
  deps.log.info('password_changed', { userId: user.id })
}

/** Not a 401: the token is good, and a client that refreshed it would get the same answer again. */
function wrongPassword() {
  return validationFailed([{ path: 'currentPassword', message: 'is not your current password' }])
}
