import type { authContract as contract, InputOf } from '@duka/contracts'
import type { Deps } from './deps'
import { sweepExpired } from './refresh-tokens'
import { openSession } from './sessions'
import { findUserByEmail, toUser, wrongCredentials } from './user'

/** Signs in. The answer and its time do not tell whether the email, the password or the account was the reason. */
export async function login(deps: Deps, { email, password }: InputOf<typeof contract.login>['body']) {
  const row = await findUserByEmail(deps.database, email.toLowerCase())
  const fits = await deps.passwords.matches(password, row?.password)
  if (!row || !fits || !row.is_active) {
    deps.log.info('login_failed', { userId: row?.id })
    throw wrongCredentials()
  }
  const tokens = await deps.database.transaction((transaction) => openSession(deps, row, transaction))
  deps.log.info('logged_in', { userId: row.id })
  await sweepExpired(deps.database)
  return { message: 'Welcome back.', ...tokens, user: toUser(row) }
}
