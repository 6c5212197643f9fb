import { authContract as contract, type InputOf } from '@duka/contracts'
import { counter, Problem, queryRows } from '@duka/kit'
import { writeAudit } from './audit'
import type { Deps } from './deps'
import { takeLoginTry } from './login-tries'
import type { Origin } from './origin'
import { sweepExpired } from './refresh-tokens'
import { openSession } from './sessions'
import { findUserByEmail, toUser, type UserRow, wrongCredentials } from './user'

type Input = InputOf<typeof contract.login>['body']

const logins = counter({
  name: 'logins_total',
  help: 'Tries to sign in: ok, wrong (email, password or account), or locked after too many of them.',
  labels: ['outcome'],
})
const [ok, wrong, locked] = ['ok', 'wrong', 'locked'].map((outcome) => logins.with(outcome))

/** Signs in. The answer and its time do not tell whether the email, the password or the account was the reason. */
export async function login(deps: Deps, input: Input, origin: Origin) {
  const { email } = input
  const row = await findUserByEmail(deps.database, email)
  const attempt = await takeLoginTry(deps, email, row, origin).catch(countLocked)
  const fits = await attempt.make(() => deps.passwords.matches(input.password, row?.password))
  if (!row || !fits || !row.is_active) {
    wrong?.inc()
    await recordFailure(deps, email, row, origin)
    throw wrongCredentials()
  }
  const entry = { action: 'login', origin } as const
  const tokens = await deps.database.transaction((transaction) => openSession(deps, row, entry, transaction))
  ok?.inc()
  await attempt.giveBack()
  deps.log.info('logged_in', { userId: row.id })
  await renewHash(deps, row, input.password)
  await sweepExpired(deps.database)
  return { message: 'Welcome back.', ...tokens, user: toUser(row) }
}

function countLocked(error: unknown): never {
  if (error instanceof Problem && error.status === 429) locked?.inc()
  throw error
}

/** What belongs to no account is kept only if it looks like an email: it may be a password in the wrong field. */
async function recordFailure({ database, log }: Deps, typed: string, row: UserRow | undefined, origin: Origin) {
  const email = row ? null : (contract.email.safeParse(typed).data ?? null)
  await writeAudit(database, { action: 'login_failed', userId: row?.id, email }, origin)
  log.info('login_failed', { userId: row?.id })
}

/** Now that the password is at hand, a hash of another cost gives way to one of today's. */
async function renewHash({ database, passwords, log }: Deps, { id, password: old }: UserRow, password: string) {
  if (passwords.isCurrent(old)) return
  // Where too many wait for hashing, the next sign-in does it.
  const renewed = await passwords.hash(password).catch(() => null)
  if (renewed === null) return
  await queryRows(database, 'UPDATE users SET password = $3 WHERE id = $1 AND password = $2', [id, old, renewed])
  log.info('hash_renewed', { userId: id })
}
