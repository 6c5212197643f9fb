import type { Actor } from '@duka/contracts'
import { enqueueBackstop, Problem, RemoteUnavailable, tryNow } from '@duka/kit'
import { closePayments } from './close-payments'
import type { Deps } from './deps'
import { findOrder } from './find-order'
import { type Move, moveOrder } from './move-order'
import { cancellable, noSuchOrder, type OrderRow, type OrderStatus } from './order'
import { refundOrder } from './refund-order'
import { releaseStock } from './release-stock'

export interface Closing {
  actor: Actor
  reason: string
  note?: string | null
  /** Whether money that still comes goes back, instead of being late money. */
  isFinal?: boolean
}

/** Between a look and its move somebody else may move the order; so often in a row only if something is wrong. */
const maxLooks = 5

/**
 * Cancels an order from wherever it stands, and has its money given back where there is some. Otherwise tells whether it
 * was cancelled already, or has got too far for that.
 */
export async function cancelFromHere(
  deps: Deps,
  id: string,
  closing: Closing,
): Promise<'done' | 'before' | 'too_late'> {
  for (let look = 1; look <= maxLooks; look++) {
    const order = await findOrder(deps, id)
    if (!order) throw noSuchOrder()
    if (order.status === 'cancelled') return 'before'
    if (!cancellable.includes(order.status)) return 'too_late'
    const answer = order.status === 'pending' ? await askPayment(deps, id) : undefined
    // A pending order may not have heard of its money yet; then it goes back as soon as it does.
    const isFinal = closing.isFinal || answer === 'paid' || order.status !== 'pending'
    if (await closeOrder(deps, id, [order.status], { ...closing, isFinal })) return 'done'
  }
  throw new Problem(503, 'order_busy', 'The order changes all the time. Try again.', {
    headers: { 'Retry-After': '1' },
  })
}

/**
 * Only for a pending order, which may be paid at this moment. Undefined where payment is silent, which need not hold
 * anybody up: nobody can start to pay for a cancelled order.
 */
async function askPayment(deps: Deps, orderId: string) {
  try {
    return await closePayments(deps, orderId, 'cancel')
  } catch (error) {
    if (error instanceof RemoteUnavailable) return undefined
    throw error
  }
}

/**
 * Moves an order to cancelled. Its stock and its money go back, and its payments end, at once where product and payment
 * answer, else by jobs. `arePaymentsClosed`: that was the condition of the move. Answers false where the order is in none
 * of the statuses any more.
 */
export async function closeOrder(
  deps: Deps,
  id: string,
  from: readonly OrderStatus[],
  { isFinal = false, arePaymentsClosed = false, ...how }: Closing & { arePaymentsClosed?: boolean },
): Promise<boolean> {
  const set = { refuses_money: isFinal, ...(how.note && { status_note: how.note }) }
  const move: Move = { to: 'cancelled', from, set, ...how }
  const mayBePaid = ({ payment_id }: OrderRow) => payment_id === null && !arePaymentsClosed
  const closed = await deps.database.transaction(async (transaction) => {
    const moved = await moveOrder(deps, id, move, transaction)
    if (!moved) return undefined
    await enqueueBackstop(deps.database, transaction, releaseStock.job(moved))
    if (mayBePaid(moved)) await enqueueBackstop(deps.database, transaction, closePayments.job(id))
    if (owesMoney(moved)) await enqueueBackstop(deps.database, transaction, refundOrder.job({ orderId: id, ...how }))
    return moved
  })
  if (!closed) return false
  await Promise.all([
    giveStockBack(deps, closed),
    mayBePaid(closed) && endPayments(deps, id),
    owesMoney(closed) && giveMoneyBack(deps, id, how),
  ])
  return true
}

function owesMoney({ payment_id, payment_status }: OrderRow): boolean {
  return payment_id !== null && payment_status !== 'refunded'
}

function giveStockBack(deps: Deps, order: OrderRow): Promise<boolean> {
  const { id, attempt } = order
  return tryNow(deps.database, releaseStock.key(order), deps.log, () => releaseStock(deps, id, attempt))
}

function endPayments(deps: Deps, orderId: string): Promise<boolean> {
  const end = () => closePayments(deps, orderId, 'cancelled')
  return tryNow(deps.database, closePayments.key(orderId), deps.log, end)
}

function giveMoneyBack(deps: Deps, orderId: string, how: Closing): Promise<boolean> {
  const { payload } = refundOrder.job({ orderId, ...how })
  return tryNow(deps.database, refundOrder.key(orderId), deps.log, () => refundOrder(deps, payload))
}
