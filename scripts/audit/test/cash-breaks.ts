import type { Break } from './breaks'
import { addJob, type Purchase, type SmallShop } from './small-shop'

interface Cash {
  /** What the order has got to. */
  order: string
  status: 'pending' | 'failed'
  code?: string
}

/** Makes an order one that is to be paid in cash, with a payment of that status. */
export async function payInCash(shop: SmallShop, { id, number, paymentId }: Purchase, { order, status, code }: Cash) {
  await shop.run(
    'order',
    `UPDATE orders SET status = $2, payment_method = 'cash_on_delivery', cash_payment_id = $3 WHERE id = $1`,
    [id, order, paymentId],
  )
  await shop.run('payment', 'INSERT INTO payment_orders (order_id) VALUES ($1)', [id])
  await shop.run(
    'payment',
    `INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, status, failure_code, confirmed_at)
     VALUES ($1, $2, gen_random_uuid(), $3, 'cash_on_delivery', 2400, 'KES', $4, $5, now())`,
    [paymentId, id, number, status, code ?? null],
  )
}

export const closePayments = (shop: SmallShop, { id }: Purchase) =>
  shop.run(
    'payment',
    `INSERT INTO payment_orders (order_id, closed_at) VALUES ($1, now())
     ON CONFLICT (order_id) DO UPDATE SET closed_at = excluded.closed_at`,
    [id],
  )

const review = (shop: SmallShop, { paymentId }: Purchase, decision: string | null) =>
  shop.run(
    'payment',
    `INSERT INTO payment_reviews (id, kind, payment_id, detail, decision, resolved_at)
     VALUES (gen_random_uuid(), 'cash_missing', $1, 'A test.', $2, CASE WHEN $2::text IS NOT NULL THEN now() END)`,
    [paymentId, decision],
  )

/** Ways in which cash on delivery could be lost. */
export const cashBreaks: Break[] = [
  {
    what: 'an expiry that lost ended the cash of a confirmed order',
    invariant: 'cash-orders',
    says: /is confirmed to be paid in cash, and its payment is order_closed/,
    state: 'pending',
    make: (shop, purchase) => payInCash(shop, purchase, { order: 'confirmed', status: 'failed', code: 'order_closed' }),
  },
  {
    what: 'a confirmed order takes no other payment any more',
    invariant: 'closings',
    says: /is confirmed, and its payments are closed/,
    state: 'pending',
    async make(shop, purchase) {
      await payInCash(shop, purchase, { order: 'confirmed', status: 'pending' })
      await closePayments(shop, purchase)
    },
  },
  {
    what: 'an order whose time is not up takes no payment',
    invariant: 'closings',
    says: /is pending, and its payments are closed/,
    state: 'pending',
    async make(shop, purchase) {
      await shop.run('order', `UPDATE orders SET expires_at = now() + interval '1 hour' WHERE id = $1`, [purchase.id])
      await closePayments(shop, purchase)
    },
  },
  {
    what: 'an order was delivered without its cash',
    invariant: 'cash-orders',
    says: /was delivered, and its cash was never collected/,
    state: 'pending',
    make: (shop, purchase) => payInCash(shop, purchase, { order: 'delivered', status: 'pending' }),
  },
  {
    what: 'an order was delivered without its cash a moment ago',
    invariant: 'cash-orders',
    says: /was delivered, and its cash was never collected/,
    state: 'pending',
    cover: 'job collect-cash',
    async make(shop, purchase) {
      await payInCash(shop, purchase, { order: 'delivered', status: 'pending' })
      await addJob(shop, 'order', 'collect-cash', { orderId: purchase.id })
    },
  },
  {
    what: 'a person looks for the cash of a delivered order',
    invariant: 'cash-orders',
    says: /was delivered, and its cash was never collected/,
    state: 'pending',
    cover: 'review cash_missing',
    async make(shop, purchase) {
      await payInCash(shop, purchase, { order: 'delivered', status: 'failed', code: 'order_closed' })
      await review(shop, purchase, null)
    },
  },
  {
    what: 'the cash of a delivered order was written off',
    invariant: 'cash-orders',
    says: /was delivered, and its cash was never collected/,
    state: 'pending',
    cover: 'decided by a person: write_off',
    async make(shop, purchase) {
      await payInCash(shop, purchase, { order: 'delivered', status: 'failed', code: 'order_closed' })
      await review(shop, purchase, 'write_off')
    },
  },
  {
    what: 'a courier is to collect for a cancelled order',
    invariant: 'cash-orders',
    says: /is cancelled, and a payment in cash waits to be collected/,
    state: 'cancelled',
    make: (shop, purchase) => payInCash(shop, purchase, { order: 'cancelled', status: 'pending' }),
  },
  {
    what: 'a courier is to collect for an order that was cancelled a moment ago',
    invariant: 'cash-orders',
    says: /is cancelled, and a payment in cash waits to be collected/,
    state: 'cancelled',
    cover: 'job close-payments',
    async make(shop, purchase) {
      await payInCash(shop, purchase, { order: 'cancelled', status: 'pending' })
      await addJob(shop, 'order', 'close-payments', { orderId: purchase.id })
    },
  },
  {
    what: 'an order never heard that it is paid in cash',
    invariant: 'cash-orders',
    says: /is pending, and a payment in cash waits to be collected/,
    state: 'pending',
    make: (shop, purchase) => payInCash(shop, purchase, { order: 'pending', status: 'pending' }),
  },
]
