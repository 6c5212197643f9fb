import { type Actor, type orderContract as contract, type InputOf, paymentContract } from '@duka/contracts'
import { enqueueBackstop, Problem, RemoteUnavailable, tryNow, type User } from '@duka/kit'
import type { Deps } from './deps'
import { reloadOrder, requireOwnOrder } from './find-order'
import { moveOrder } from './move-order'
import { type OrderRow, type OrderStatus, toOrder } from './order'
import { releaseStock } from './release-stock'

type Body = InputOf<typeof contract.cancelOrder>['body']

/** Cancels an order that is not paid for. Money that still comes for it is dealt with as late money. */
export async function cancelOrder(deps: Deps, user: User, id: string, { reason }: Body) {
  const order = await requireOwnOrder(deps, user.id, id)
  if (order.status !== 'cancelled') {
    await stopPayments(deps, order)
    const why = reason ? `Cancelled by the customer: ${reason}` : 'Cancelled by the customer.'
    await closeOrder(deps, order, {
      from: ['pending', 'confirmed'],
      actor: { id: user.id, role: 'customer' },
      reason: why,
    })
  }
  // Somebody else may have been first: only what the order is now tells.
  const now = await reloadOrder(deps, id)
  if (now.status !== 'cancelled') throw notCancellable()
  return { message: 'Order cancelled.', order: toOrder(now) }
}

interface Closing {
  from: readonly OrderStatus[]
  actor: Actor
  reason: string
  /** Whether money that still comes goes back, instead of being late money. */
  isFinal?: boolean
}

/** Moves an order to cancelled and gives its stock back, at once where product answers, else by a job. */
export async function closeOrder(deps: Deps, order: OrderRow, { isFinal = false, ...closing }: Closing): Promise<void> {
  const cancelled = await deps.database.transaction(async (transaction) => {
    const move = { to: 'cancelled', set: { refuses_money: isFinal }, ...closing } as const
    const moved = await moveOrder(deps, order.id, move, transaction)
    if (moved) await enqueueBackstop(deps.database, transaction, releaseStock.job(moved))
    return moved
  })
  if (!cancelled) return
  const { id, attempt } = cancelled
  await tryNow(deps.database, releaseStock.key(cancelled), deps.log, () => releaseStock(deps, id, attempt))
}

async function stopPayments({ payment }: Deps, { id, status }: OrderRow): Promise<void> {
  if (status !== 'pending' && status !== 'confirmed') throw notCancellable()
  try {
    const { outcome } = await payment.call(paymentContract.closePayments, { body: { orderId: id } })
    if (outcome === 'paid') throw notCancellable()
  } catch (error) {
    // Nobody can start to pay for a cancelled order, so a silent payment service need not hold the customer up.
    if (!(error instanceof RemoteUnavailable)) throw error
  }
}

function notCancellable(): Problem {
  return new Problem(409, 'order_not_cancellable', 'This order is paid for, on its way or closed. Contact the shop.')
}
