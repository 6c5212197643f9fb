import type { Database } from './books'
import { inBatches } from './in-batches'

export interface OrderLine {
  productId: string
  quantity: number
  price: number
  subtotal: number
}

/** An order as an audit sees it; money in minor units. */
export interface AuditedOrder {
  id: string
  number: string
  status: string
  paymentStatus: string
  paymentMethod: string | null
  paymentId: string | null
  /** The payment in cash that confirmed it. */
  cashPaymentId: string | null
  attempt: number
  subtotal: number
  shipping: number
  tax: number
  rounding: number
  total: number
  currency: string
  ageSeconds: number
  /** Since its time to be paid was over; null where it has none. */
  overdueSeconds: number | null
  lines: OrderLine[]
  /** Of its jobs those that change what the order stands for, read at the same moment. */
  jobs: string[]
}

const batch = 500
// The first waits for every order's time, whatever became of it; the second tidies up a cart.
const housekeeping = `('expire-order', 'empty-cart')`

const select = (database: Database, where: string) => `
  WITH picked AS (SELECT * FROM orders WHERE ${where}),
    waiting AS (
      SELECT payload->>'orderId' AS order_id, array_agg(DISTINCT task) AS tasks FROM ${database.waitingJobs} AS jobs
      WHERE task NOT IN ${housekeeping} GROUP BY 1)
  SELECT o.id, order_number AS number, status, payment_status AS "paymentStatus", payment_method AS "paymentMethod",
    payment_id AS "paymentId", cash_payment_id AS "cashPaymentId", attempt, (o.subtotal * 100)::float8 AS subtotal, (shipping_amount * 100)::float8 AS shipping,
    (tax_amount * 100)::float8 AS tax, (rounding_amount * 100)::float8 AS rounding,
    (total_amount * 100)::float8 AS total, currency, extract(epoch FROM now() - created_at)::float8 AS "ageSeconds",
    extract(epoch FROM now() - expires_at)::float8 AS "overdueSeconds",
    COALESCE(w.tasks, '{}') AS jobs,
    COALESCE((SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity,
        'price', (price * 100)::bigint, 'subtotal', (i.subtotal * 100)::bigint) ORDER BY product_id)
      FROM order_items i WHERE i.order_id = o.id), '[]') AS lines
  FROM picked o LEFT JOIN waiting w ON w.order_id = o.id::text ORDER BY o.id`

/** Every order, the hidden ones too, in batches. */
export function readAllOrders(database: Database): AsyncGenerator<AuditedOrder[]> {
  const sql = select(database, `id IN (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT ${batch})`)
  return inBatches((after) => database.rows<AuditedOrder>(sql, [after]))
}

export function readOrders(database: Database, ids: string[]): Promise<AuditedOrder[]> {
  return database.rows<AuditedOrder>(select(database, 'id = ANY ($1)'), [ids])
}
