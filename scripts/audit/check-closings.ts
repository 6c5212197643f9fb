import type { Complaint, Invariant } from './finding'
import { inBatches } from './in-batches'
import { type AuditedOrder, readOrders } from './read-orders'

const batch = 500
const closed = `SELECT order_id AS id FROM payment_orders WHERE closed_at IS NOT NULL AND order_id > $1
  ORDER BY order_id LIMIT ${batch}`

export const checkClosings: Invariant = {
  name: 'closings',
  rule: 'Payment takes no money only for an order whose time is up, that is closed, or that is paid.',
  async *check({ order, payment }, count) {
    for await (const rows of inBatches((after) => payment.rows<{ id: string }>(closed, [after]))) {
      count(rows.length)
      const orders = await readOrders(
        order,
        rows.map(({ id }) => id),
      )
      for (const each of orders) yield* complainAbout(each)
    }
  },
}

const standing = ['confirmed', 'processing', 'shipped', 'delivered']

/** Whoever closed its payments lost against another move, and left them closed. */
function* complainAbout(order: AuditedOrder): Generator<Complaint> {
  const { status, paymentId, overdueSeconds } = order
  const isWaiting = status === 'pending' && (overdueSeconds ?? 0) < 0
  if (paymentId || !(isWaiting || standing.includes(status))) return
  yield { about: `order ${order.number}`, orderId: order.id, what: `is ${status}, and its payments are closed` }
}
