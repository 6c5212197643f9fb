import type { Books } from '../audit/books'

export interface Totals {
  /** By status; what is never shown to anybody is not counted. */
  orders: Record<string, number>
  /** By provider and status. */
  payments: Record<string, number>
  products: number
  /** Pieces that can be bought, are held and are sold. */
  units: Record<'available' | 'held' | 'sold', number>
  movements: number
  callbacks: Record<string, number>
  reviews: number
  /** What persons have to decide, by its kind and reason. */
  openReviews: Record<string, number>
}

interface Counted {
  name: string
  count: number
}

/** How much there was to look at. */
export async function countThings({ order, payment, product }: Books): Promise<Totals> {
  const orders = await order.rows<Counted>(
    `SELECT status AS name, count(*)::int AS count FROM orders WHERE status NOT IN ('placing', 'rejected') GROUP BY 1 ORDER BY 1`,
  )
  const payments = await payment.rows<Counted>(
    `SELECT provider || ' ' || status AS name, count(*)::int AS count FROM payments GROUP BY 1 ORDER BY 1`,
  )
  const callbacks = await payment.rows<Counted>(
    `SELECT provider || ' ' || COALESCE(outcome, 'waiting') AS name, count(*)::int AS count FROM webhook_events GROUP BY 1 ORDER BY 1`,
  )
  const [reviews] = await payment.rows<Counted>(`SELECT count(*)::int AS count FROM payment_reviews`)
  const openReviews = await payment.rows<Counted>(
    `SELECT kind || ': ' || detail AS name, count(*)::int AS count FROM payment_reviews WHERE resolved_at IS NULL
     GROUP BY 1 ORDER BY 1`,
  )
  const [shelves] = await product.rows<{ products: number; available: number }>(
    'SELECT count(*)::int AS products, sum(stock)::float8 AS available FROM products',
  )
  const [moved] = await product.rows<{ movements: number; held: number; sold: number }>(
    `SELECT count(*)::int AS movements, sum(held_delta)::float8 AS held, sum(sold_delta)::float8 AS sold FROM stock_movements`,
  )
  return {
    orders: toRecord(orders),
    payments: toRecord(payments),
    callbacks: toRecord(callbacks),
    products: shelves?.products ?? 0,
    units: { available: shelves?.available ?? 0, held: moved?.held ?? 0, sold: moved?.sold ?? 0 },
    movements: moved?.movements ?? 0,
    reviews: reviews?.count ?? 0,
    openReviews: toRecord(openReviews),
  }
}

function toRecord(rows: Counted[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
}
