import type { AnswerOf, orderContract as contract } from '@duka/contracts'
import type { Deps } from './deps'
import { findOrder, requireStandingOrder } from './find-order'
import { moveOrder } from './move-order'

type Answer = AnswerOf<typeof contract.confirmOrder>

/** The customer pays in cash on delivery, so the order stands without money and does not expire. */
export async function confirmOrder(deps: Deps, id: string, paymentId: string): Promise<Answer> {
  const order = await requireStandingOrder(deps, id)
  const set = { payment_method: 'cash_on_delivery', cash_payment_id: paymentId } as const
  const actor = { id: order.user_id, role: 'customer' }
  const move = { to: 'confirmed', actor, reason: 'Confirmed; it is paid in cash on delivery.', set } as const
  await moveOrder(deps, id, move)
  // Whoever was first, what the order is now tells. One that was confirmed and is cancelled collects no cash.
  const now = await findOrder(deps, id)
  if (now?.cash_payment_id === paymentId && now.status !== 'cancelled') return { outcome: 'confirmed', reason: null }
  return { outcome: 'refused', reason: `The order cannot be confirmed: it is ${now?.status}.` }
}
