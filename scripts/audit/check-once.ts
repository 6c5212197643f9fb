import type { Database } from './books'
import type { Complaint, Invariant } from './finding'

interface Double {
  about: string
  what: string
  orderId: string | null
}

const mostTold = 1000

/** Each finds what took effect more than once; the unique indexes that should keep it away may be gone. */
const inOrder = [
  `SELECT 'order ' || order_number AS about, o.id AS "orderId", 'took money ' || count(*) || ' times' AS what
   FROM order_payments p JOIN orders o ON o.id = p.order_id WHERE outcome = 'applied' GROUP BY o.id HAVING count(*) > 1`,
  `SELECT 'order ' || order_number AS about, o.id AS "orderId", 'became paid ' || count(*) || ' times' AS what
   FROM order_history h JOIN orders o ON o.id = h.order_id WHERE to_status = 'paid' AND from_status IS DISTINCT FROM 'paid'
   GROUP BY o.id HAVING count(*) > 1`,
  `SELECT 'cart ' || cart_id AS about, min(id::text) AS "orderId", 'was ordered ' || count(*) || ' times in one state' AS what
   FROM orders WHERE cart_id IS NOT NULL AND status <> 'rejected' GROUP BY cart_id, cart_version HAVING count(*) > 1`,
]
const inPayment = [
  `SELECT provider || ' ' || p.transaction_id AS about, p.order_id AS "orderId", 'is the receipt of a payment and of a refund' AS what
   FROM refunds r JOIN payments p ON p.provider = 'mpesa' AND p.transaction_id = r.transaction_id`,
  ...['transaction_id', 'external_reference'].map(
    (column) => `SELECT provider || ' ' || ${column} AS about, min(order_id::text) AS "orderId",
     'is the ${column} of ' || count(*) || ' payments' AS what
   FROM payments WHERE ${column} IS NOT NULL GROUP BY provider, ${column} HAVING count(*) > 1`,
  ),
]
const inProduct = [
  `SELECT 'order ' || order_id AS about, order_id AS "orderId",
     kind || ' of attempt ' || attempt || ' moved the same stock ' || count(*) || ' times' AS what
   FROM stock_movements WHERE kind IN ('reserve', 'commit', 'release')
   GROUP BY order_id, attempt, product_id, kind HAVING count(*) > 1`,
  `SELECT 'order ' || order_id AS about, order_id AS "orderId", count(*) || ' reservations stand at once' AS what
   FROM reservations WHERE status <> 'released' GROUP BY order_id HAVING count(*) > 1`,
]

export const checkOnce: Invariant = {
  name: 'once',
  rule: 'A receipt, a reference, a payment, a cart and a movement of stock take effect once.',
  async *check({ order, payment, product }, count) {
    yield* findDoubles(order, inOrder, count)
    yield* findDoubles(payment, inPayment, count)
    yield* findDoubles(product, inProduct, count)
  },
}

async function* findDoubles(database: Database, queries: string[], count: (things: number) => void) {
  for (const sql of queries) {
    count(1)
    for (const { about, what, orderId } of await database.rows<Double>(`${sql} LIMIT ${mostTold}`)) {
      yield { about, what, orderId: orderId ?? undefined } satisfies Complaint
    }
  }
}
