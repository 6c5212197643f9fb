import { errorFields, queryRows, resumeTrace } from '@duka/kit'
import { closeOrder } from './close-order'
import { closePayments } from './close-payments'
import type { Deps } from './deps'
import { findOrder } from './find-order'
import { byOrder } from './move-order'
import { rejectOrder } from './reject-order'

const batch = 50
const checkEverySeconds = 20
/** Longer than placing an order may take; after it the process that placed it counts as dead. */
const placingSeconds = 60

/** Finds orders whose time is up. Instances share the work: each takes rows that no other has taken. */
export async function expireDueOrders(deps: Deps): Promise<void> {
  const due = await queryRows<{ id: string; traceparent: string | null }>(
    deps.database,
    `UPDATE orders SET next_expiry_check_at = now() + make_interval(secs => ${checkEverySeconds})
     WHERE id IN (
       SELECT id FROM orders
       WHERE next_expiry_check_at <= now() AND (
         (status = 'pending' AND expires_at <= now())
         OR (status = 'placing' AND created_at < now() - make_interval(secs => ${placingSeconds})))
       ORDER BY expires_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
     RETURNING id, traceparent`,
  )
  await Promise.all(
    due.map(({ id, traceparent }) => {
      const expire = () => expireOrder(deps, id)
      return resumeTrace({ name: 'expire order', traceparent }, expire).catch((error) => postpone(deps, id, error))
    }),
  )
}

/** It is due again soon; what stops one order from expiring must not stop the others. */
function postpone({ log }: Deps, orderId: string, error: unknown): void {
  log.warn('expiry_postponed', { orderId, ...errorFields(error) })
}

/**
 * Cancels an unpaid order whose time is up, once payment says that no money came and none will. While payment is down,
 * or a prompt may still be answered, the order waits.
 */
export async function expireOrder(deps: Deps, orderId: string): Promise<void> {
  const order = await findOrder(deps, orderId)
  if (order?.status === 'placing') return rejectOrder(deps, order)
  if (order?.status !== 'pending' || !order.expires_at || order.expires_at > new Date()) return
  const outcome = await closePayments(deps, orderId, 'expire')
  // Once that is closed nobody can choose cash any more; only late money or a cancellation may still be first.
  if (outcome === 'closed') await closeOrder(deps, orderId, ['pending'], timeIsUp)
}

expireOrder.key = (orderId: string) => `expire-order:${orderId}`

expireOrder.job = (orderId: string) => ({ task: 'expire-order', payload: { orderId }, key: expireOrder.key(orderId) })

const timeIsUp = { actor: byOrder, reason: 'Nobody paid in time.', arePaymentsClosed: true }
