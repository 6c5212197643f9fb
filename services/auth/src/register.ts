import type { authContract as contract, InputOf } from '@duka/contracts'
import { newId, Problem, queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { refuseCommonPassword } from './common-passwords'
import type { Deps } from './deps'
import type { Origin } from './origin'
import { sweepExpired } from './refresh-tokens'
import { openSession } from './sessions'
import { type Policy, takeTry } from './throttle'
import { findUserByEmail, toUser, type UserRow, userColumns } from './user'

type Input = InputOf<typeof contract.register>['body']

/** Tries at one email: each may cost a hash, and each says whether there is an account. */
const oneEmail: Policy = { name: 'register', free: 5, drainSeconds: 600, maxWaitSeconds: 900 }

/** Opens a customer's account and signs them in. */
export async function register(deps: Deps, input: Input, origin: Origin) {
  refuseCommonPassword(input.password, 'password')
  await takeTry(deps, [{ policy: oneEmail, subject: input.email }])
  // Spares the work of hashing; the insert is what decides.
  if (await findUserByEmail(deps.database, input.email)) throw emailTaken()
  const password = await deps.passwords.hash(input.password)
  const { row, tokens } = await deps.database.transaction(async (transaction) => {
    const row = await insertCustomer(deps, { ...input, password }, transaction)
    return { row, tokens: await openSession(deps, row, { action: 'registered', origin }, transaction) }
  })
  deps.log.info('registered', { userId: row.id })
  await sweepExpired(deps.database)
  return { message: 'Your account is open.', ...tokens, user: toUser(row) }
}

async function insertCustomer({ database }: Deps, input: Input, transaction: Transaction): Promise<UserRow> {
  const row = await queryRow<UserRow>(
    database,
    `INSERT INTO users (id, name, email, password, role, phone_number) VALUES ($1, $2, $3, $4, 'customer', $5)
     ON CONFLICT (email) DO NOTHING RETURNING ${userColumns}`,
    [newId(), input.name, input.email, input.password, input.phoneNumber ?? null],
    transaction,
  )
  if (!row) throw emailTaken()
  return row
}

function emailTaken(): Problem {
  return new Problem(409, 'email_taken', 'There is an account with this email already. Sign in instead.')
}
