import type { authContract as contract, InputOf } from '@duka/contracts'
import { Problem, queryRow } from '@duka/kit'
import { writeAudit } from './audit'
import { refuseCommonPassword } from './common-passwords'
import type { Deps } from './deps'
import { forgetLoginTries } from './login-tries'
import type { Origin } from './origin'
import { hashResetToken } from './reset-tokens'
import { endSessions } from './sessions'
import { setPassword } from './set-password'
import { type UserRow, userColumns } from './user'

type Input = InputOf<typeof contract.resetPassword>['body']

/** Sets a new password for whoever holds the token of a mail, once, and ends every session. */
export async function resetPassword(deps: Deps, { token, password }: Input, origin: Origin): Promise<undefined> {
  refuseCommonPassword(password, 'password')
  const user = await findUserOf(deps, hashResetToken(token))
  if (!user) throw spentToken()
  const hash = await deps.passwords.hash(password)
  await deps.database.transaction(async (transaction) => {
    // Of two calls at once, the later one finds the password changed, and its token gone.
    if (!(await setPassword(deps, user, hash, transaction))) throw spentToken()
    await endSessions(deps, user, 'password_reset', transaction)
    const entry = { action: 'password_reset', actorId: user.id, userId: user.id } as const
    await writeAudit(deps.database, entry, origin, transaction)
  })
  await forgetLoginTries(deps, user.email, origin)
  deps.log.info('password_reset', { userId: user.id })
}

function findUserOf({ database }: Deps, hash: Buffer): Promise<UserRow | undefined> {
  return queryRow<UserRow>(
    database,
    `SELECT ${userColumns} FROM users WHERE is_active
       AND id = (SELECT user_id FROM password_resets WHERE hash = $1 AND expires_at > now())`,
    [hash],
  )
}

function spentToken(): Problem {
  return new Problem(400, 'reset_token_invalid', 'This token was used, or its time is over. Ask for another mail.')
}
