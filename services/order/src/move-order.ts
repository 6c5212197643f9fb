import type { Actor } from '@duka/contracts'
import { backstopPart, currentRequestId, type JobAtOnce, newId, queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { type OrderRow, type OrderStatus, orderColumns, sourcesOf } from './order'
import { countMove } from './watch-orders'

export interface Move {
  to: OrderStatus
  /** Narrower than the state machine, where only some of its ways are meant. */
  from?: readonly OrderStatus[]
  actor: Actor
  /** In words for the customer. */
  reason: string
  note?: string | null
  trackingNumber?: string | null
  /** What has to follow, added with the move. */
  job?: JobAtOnce & { key: string }
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

const historyColumns = 10

/**
 * Moves an order by compare-and-set and writes its history, in one statement. Answers undefined where the order was not
 * in a status from which it may go there: somebody else was first, and the caller has to look again.
 */
export async function moveOrder(
  { database }: Pick<Deps, 'database'>,
  id: string,
  { to, from = sourcesOf(to), actor, reason, note = null, trackingNumber = null, job, set = {} }: Move,
  transaction: Transaction | null = null,
): Promise<OrderRow | undefined> {
  const columns = Object.entries(set)
  const added = job && backstopPart('moved', historyColumns + 1 + columns.length, job)
  const assignments = columns.map(([column], index) => `, ${column} = $${historyColumns + 1 + index}`).join('')
  const by = [actor.id ?? actor.role, actor.id && actor.role]
  const moved = await queryRow<OrderRow>(
    database,
    `WITH before AS (
       SELECT id AS order_id, status AS was FROM orders WHERE id = $1 AND status = ANY ($3) FOR UPDATE),
     moved AS (
       UPDATE orders SET status = $2, updated_at = now()${assignments}
       FROM before WHERE id = order_id RETURNING ${orderColumns}),
     history AS (
       INSERT INTO order_history
         (id, order_id, from_status, to_status, actor, actor_role, reason, note, tracking_number, request_id)
       SELECT $4::uuid, id, nullif(was, 'placing'), status, $5, $6, $7, $8, $9, $10 FROM moved JOIN before ON id = order_id)
       ${added ? `, ${added.sql}` : ''}
     SELECT ${orderColumns} FROM moved`,
    [
      id,
      to,
      from,
      newId(),
      ...by,
      reason,
      note,
      trackingNumber,
      currentRequestId() ?? null,
      ...columns.map(([, v]) => v),
      ...(added?.values ?? []),
    ],
    transaction,
  )
  if (moved && transaction) transaction.afterCommit(() => countMove(to, actor))
  else if (moved) countMove(to, actor)
  return moved
}
