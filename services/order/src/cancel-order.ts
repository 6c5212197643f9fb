import type { orderContract as contract, InputOf } from '@duka/contracts'
import { Problem, type User } from '@duka/kit'
import { cancelFromHere } from './close-order'
import type { Deps } from './deps'
import { reloadOrder, requireOwnOrder } from './find-order'
import { toOrder } from './order'

type Body = InputOf<typeof contract.cancelOrder>['body']

/** The customer cancels. What is paid goes back; money that comes later is dealt with as late money. */
export async function cancelOrder(deps: Deps, user: User, id: string, { reason }: Body) {
  await requireOwnOrder(deps, user.id, id)
  const closing = {
    actor: { id: user.id, role: 'customer' },
    reason: reason ? `Cancelled by the customer: ${reason}` : 'Cancelled by the customer.',
  }
  if ((await cancelFromHere(deps, id, closing)) === 'too_late') throw notCancellable()
  const order = toOrder(await reloadOrder(deps, id))
  const isPaidBack = order.paymentStatus === 'paid' || order.paymentStatus === 'partially_refunded'
  return { message: isPaidBack ? 'Order cancelled. Your money is on its way back.' : 'Order cancelled.', order }
}

function notCancellable(): Problem {
  return new Problem(409, 'order_not_cancellable', 'This order is on its way or closed. Contact the shop.')
}
