import type { Actor } from '@duka/contracts'
import { currentRequestId, newId, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { type OrderRow, type OrderStatus, sourcesOf } from './order'

export interface Move {
  to: OrderStatus
  /** Narrower than the state machine, where only some of its ways are meant. */
  from?: readonly OrderStatus[]
  actor: Actor
  /** In words for the customer. */
  reason: string
  note?: string | null
  trackingNumber?: string | null
  /** Further columns that change with the status. */
  set?: Partial<
    Pick<
      OrderRow,
      | 'payment_status'
      | 'payment_method'
      | 'payment_id'
      | 'cash_payment_id'
      | 'refuses_money'
      | 'refunded_amount'
      | 'attempt'
      | 'tracking_number'
      | 'status_note'
    >
  >
}

/** Who acts where no user does. */
export const byOrder: Actor = { id: null, role: 'order' }
export const byPayment: Actor = { id: null, role: 'payment' }

/**
 * Moves an order by compare-and-set and writes its history. Answers undefined where the order was not in a status from
 * which it may go there: somebody else was first, and the caller has to look again.
 */
export async function moveOrder(
  { database }: Pick<Deps, 'database'>,
  id: string,
  move: Move,
  transaction: Transaction,
): Promise<OrderRow | undefined> {
  const { to, from = sourcesOf(to), set = {} } = move
  const columns = Object.entries(set)
  const assignments = columns.map(([column], index) => `, ${column} = $${index + 4}`).join('')
  const moved = await queryRow<OrderRow & { was: OrderStatus }>(
    database,
    `UPDATE orders o SET status = $2, updated_at = now()${assignments}
     FROM (SELECT id, status AS was FROM orders WHERE id = $1 AND status = ANY ($3) FOR UPDATE) b
     WHERE o.id = b.id RETURNING o.*, b.was`,
    [id, to, from, ...columns.map(([, value]) => value)],
    transaction,
  )
  if (!moved) return undefined
  await writeHistory(database, moved, move, transaction)
  return moved
}

async function writeHistory(
  database: Deps['database'],
  { id, was }: OrderRow & { was: OrderStatus },
  { to, actor, reason, note = null, trackingNumber = null }: Move,
  transaction: Transaction,
): Promise<void> {
  const by = [actor.id ?? actor.role, actor.id && actor.role]
  await queryRows(
    database,
    `INSERT INTO order_history
       (id, order_id, from_status, to_status, actor, actor_role, reason, note, tracking_number, request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [newId(), id, was === 'placing' ? null : was, to, ...by, reason, note, trackingNumber, currentRequestId() ?? null],
    transaction,
  )
}
