import type { authContract as contract, InputOf } from '@duka/contracts'
import { notFound, Problem, queryRow, queryRows, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { type AuditEntry, writeAudit } from './audit'
import type { Deps } from './deps'
import type { Origin } from './origin'
import { endSessions } from './sessions'
import { toUser, type UserRow, userColumns } from './user'

type Input = InputOf<typeof contract.changeUser>['body']

/** Changes what is sent and leaves the rest. The last active admin stays one, whoever asks, and however many at once. */
export async function changeUser(deps: Deps, admin: User, id: string, input: Input, origin: Origin) {
  const after = await deps.database.transaction(async (transaction) => {
    const { before, admins } = await lockUserAndAdmins(deps, id, transaction)
    const wanted = { role: input.role ?? before.role, isActive: input.isActive ?? before.is_active }
    const entries = changesOf(before, wanted)
    if (entries.length === 0) return before
    const staysAdmin = wanted.role === 'admin' && wanted.isActive
    if (!staysAdmin && admins.length === 1 && admins[0]?.id === id) throw lastAdmin()
    const changed = await saveUser(deps, id, wanted, transaction)
    if (!wanted.isActive) await endSessions(deps, { id }, 'deactivation', transaction)
    for (const entry of entries) {
      await writeAudit(deps.database, { ...entry, actorId: admin.id, userId: id }, origin, transaction)
    }
    return changed
  })
  deps.log.info('user_changed', { userId: id, actorId: admin.id, role: after.role, isActive: after.is_active })
  return { user: toUser(after) }
}

/** Locked in the order of ids: two admins who demote each other wait in line, and the second finds itself the last. */
async function lockUserAndAdmins({ database }: Deps, id: string, transaction: Transaction) {
  const rows = await queryRows<UserRow>(
    database,
    `SELECT ${userColumns} FROM users WHERE id = $1 OR (role = 'admin' AND is_active) ORDER BY id FOR NO KEY UPDATE`,
    [id],
    transaction,
  )
  const before = rows.find((row) => row.id === id)
  if (!before) throw notFound('user')
  return { before, admins: rows.filter((row) => row.role === 'admin' && row.is_active) }
}

function changesOf(before: UserRow, { role, isActive }: Required<Input>): Pick<AuditEntry, 'action' | 'details'>[] {
  const entries: Pick<AuditEntry, 'action' | 'details'>[] = []
  if (role !== before.role) entries.push({ action: 'role_changed', details: { from: before.role, to: role } })
  if (isActive !== before.is_active) entries.push({ action: isActive ? 'user_activated' : 'user_deactivated' })
  return entries
}

/** Raises the version of the user's tokens too, by a trigger. */
async function saveUser(
  { database }: Deps,
  id: string,
  { role, isActive }: Required<Input>,
  transaction: Transaction,
): Promise<UserRow> {
  const row = await queryRow<UserRow>(
    database,
    `UPDATE users SET role = $2, is_active = $3, updated_at = now() WHERE id = $1 RETURNING ${userColumns}`,
    [id, role, isActive],
    transaction,
  )
  if (!row) throw notFound('user')
  return row
}

function lastAdmin(): Problem {
  return new Problem(409, 'last_admin', 'This is the last active admin. Make somebody else one first.')
}
