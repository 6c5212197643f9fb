import type { Books, Database } from './books'

interface Moment {
  at: Date
  what: string
}

const longest = 300

/** Each gives (at, what) of one order, whose id is $1. */
const fromOrder = [
  `SELECT created_at AS at, concat_ws(' ', 'order', from_status, '→', to_status, 'by', actor || ':', reason) AS what
   FROM order_history WHERE order_id = $1`,
  `SELECT created_at AS at, concat_ws(' ', 'payment', payment_id, 'is', outcome, reason) AS what
   FROM order_payments WHERE order_id = $1`,
]
const fromPayment = [
  `SELECT created_at AS at, concat_ws(' ', provider, 'payment', id, 'of', amount, 'asked for') AS what
   FROM payments WHERE order_id = $1`,
  `SELECT updated_at AS at, concat_ws(' ', provider, 'payment', id, 'is', status, failure_code, transaction_id) AS what
   FROM payments WHERE order_id = $1`,
  // By patterns, as PostgreSQL does not take all that is JSON. A dot tells an event's type from the types inside it.
  `SELECT received_at AS at, concat_ws(' ', e.provider, COALESCE(substring(e.body FROM '"type" *: *"(\\w+[.][\\w.]+)"'), 'callback'),
     COALESCE(e.outcome, 'not applied'), 'code ' || substring(e.body FROM '"ResultCode" *: *("?\\w+"?)')) AS what
   FROM webhook_events e JOIN payments p ON p.id = e.payment_id OR p.callback_hash = e.secret_hash WHERE p.order_id = $1`,
  `SELECT r.created_at AS at, concat_ws(' ', 'review', kind || ':', detail,
     CASE WHEN resolved_at IS NULL THEN '(open)' ELSE '(resolved)' END) AS what
   FROM payment_reviews r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1`,
  `SELECT r.created_at AS at, concat_ws(' ', 'refund', r.id, 'of', r.amount, 'asked for by', actor_role || ':', reason) AS what
   FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1`,
  `SELECT r.updated_at AS at, concat_ws(' ', 'refund', r.id, 'is', r.status, r.transaction_id, r.failure_message) AS what
   FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = $1`,
]
const fromProduct = [
  `SELECT created_at AS at, concat_ws(' ', kind, 'of attempt', attempt || ':', available_delta, 'available,', held_delta, 'held,',
     sold_delta, 'sold of', product_id, reason) AS what
   FROM stock_movements WHERE order_id = $1`,
]

const jobsOf = ({ waitingJobs }: Database, id: string) =>
  `SELECT now() AS at, 'waits: job ' || task AS what FROM ${waitingJobs} AS jobs WHERE payload->>'${id}' = $1::text`

/** Everything that the databases know of an order, as lines, the oldest first. */
export async function readTimeline({ order, payment, product }: Books, orderId: string): Promise<string[]> {
  const read = async (database: Database, queries: string[]) => {
    const moments: Moment[] = []
    for (const sql of queries)
      moments.push(...(await database.rows<Moment>(`${sql} ORDER BY at LIMIT ${longest}`, [orderId])))
    return moments
  }
  const moments = [
    ...(await read(order, [...fromOrder, jobsOf(order, 'orderId')])),
    ...(await read(payment, [...fromPayment, jobsOf(payment, 'orderId')])),
    ...(await read(product, fromProduct)),
  ]
  return moments
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ at, what }) => `${at.toISOString().slice(11, 23)}  ${what}`)
}
