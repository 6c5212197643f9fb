import type { orderContract as contract } from '@duka/contracts'
import { queryRows, type User } from '@duka/kit'
import type { Deps } from './deps'
import { requireOwnOrder } from './find-order'

export interface HistoryRow {
  id: string
  from_status: string | null
  to_status: string
  /** A user's id, or the name of a service. */
  actor: string
  actor_role: string | null
  reason: string
  note: string | null
  tracking_number: string | null
  request_id: string | null
  created_at: Date
}

/** Every move of an order, oldest first. */
export function findHistory({ database }: Pick<Deps, 'database'>, orderId: string): Promise<HistoryRow[]> {
  return queryRows<HistoryRow>(
    database,
    `SELECT id, from_status, to_status, actor, actor_role, reason, note, tracking_number, request_id, created_at
     FROM order_history WHERE order_id = $1 ORDER BY id`,
    [orderId],
  )
}

export async function readOrderHistory(deps: Deps, user: User, id: string) {
  await requireOwnOrder(deps, user.id, id)
  return { history: (await findHistory(deps, id)).map((row) => toEntry(row, user)) }
}

/** The customer is not told who in the shop it was. */
function toEntry(row: HistoryRow, { id }: User): contract.HistoryEntry {
  return {
    from: row.from_status,
    to: row.to_status,
    reason: row.reason,
    by: row.actor === id ? 'customer' : 'shop',
    note: row.note,
    trackingNumber: row.tracking_number,
    at: row.created_at.toISOString(),
  }
}
