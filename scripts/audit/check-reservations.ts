import type { Books } from './books'
import type { Complaint, Invariant } from './finding'
import { byId, groupBy } from './in-batches'
import { type AuditedOrder, readAllOrders } from './read-orders'

interface Reservation {
  orderId: string
  attempt: number
  status: string
  lines: { productId: string; quantity: number }[]
}

const sql = `
  SELECT order_id AS "orderId", attempt, status,
    COALESCE((SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity) ORDER BY product_id)
      FROM reservation_lines l WHERE l.order_id = r.order_id AND l.attempt = r.attempt), '[]') AS lines
  FROM reservations r WHERE order_id = ANY ($1) AND status <> 'released'`

// As long as the sweep of orders that nobody finished to place may take, twice.
const placingSeconds = 180

export const checkReservations: Invariant = {
  name: 'reservations',
  rule: 'An order that stands holds or has sold exactly its lines, by one reservation; one that does not stand has none.',
  async *check({ order, product }: Books, count) {
    for await (const orders of readAllOrders(order)) {
      count(orders.length)
      const found = await product.rows<Reservation>(sql, [orders.map(({ id }) => id)])
      const byOrder = groupBy(found, ({ orderId }) => orderId)
      for (const each of orders) yield* complainAbout(each, byOrder.get(each.id) ?? [])
    }
  },
}

function* complainAbout(order: AuditedOrder, standing: Reservation[]): Generator<Complaint> {
  const wrong = order.status === 'placing' ? placingTooLong(order) : whatIsWrong(order, standing)
  if (!wrong) return
  const cover = order.jobs.length > 0 ? `job ${order.jobs.join(', ')}` : undefined
  yield { about: `order ${order.number}`, orderId: order.id, what: `is ${order.status} and ${wrong}`, cover }
}

function placingTooLong({ ageSeconds }: AuditedOrder): string | undefined {
  return ageSeconds > placingSeconds ? `has been so for ${Math.round(ageSeconds)} s` : undefined
}

function whatIsWrong(order: AuditedOrder, standing: Reservation[]): string | undefined {
  const allowed = allowedStatuses(order)
  const [only, second] = standing
  if (second) return `has ${standing.length} reservations`
  if (!only) return allowed.includes('none') ? undefined : 'has no reservation'
  if (!allowed.includes(only.status)) return `has a reservation that is ${only.status}`
  if (only.attempt !== order.attempt) return `is held by attempt ${only.attempt} instead of ${order.attempt}`
  return covers(only, order) ? undefined : 'has a reservation of other lines'
}

/** The reservation's statuses that go with an order. */
function allowedStatuses({ status, paymentStatus }: AuditedOrder): string[] {
  if (status === 'rejected' || status === 'cancelled') return ['none']
  // Money that was given back says nothing about the goods: they may have come back, or be gone.
  if (status === 'refunded') return ['none', 'committed']
  if (status === 'pending' || status === 'confirmed') return ['active']
  // Cash: what is on its way is sold once it is paid.
  return status !== 'paid' && paymentStatus === 'pending' ? ['active', 'committed'] : ['committed']
}

function covers({ lines }: Reservation, order: AuditedOrder): boolean {
  const wanted = byId(order.lines.map(({ productId, quantity }) => ({ id: productId, quantity })))
  return (
    lines.length === wanted.size &&
    lines.every(({ productId, quantity }) => wanted.get(productId)?.quantity === quantity)
  )
}
