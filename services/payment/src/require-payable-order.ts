import { orderContract, toMinor } from '@duka/contracts'
import { linkTrace, notFound, Problem, RemoteRefused, type User } from '@duka/kit'
import type { Deps } from './deps'

interface Request {
  orderId: string
  amount?: number | undefined
}

/** The order as the order service has it now. The amount is its total; one that a client sends must only equal it. */
export async function requirePayableOrder(deps: Deps, user: User, { orderId, amount }: Request) {
  const order = await findOwnOrder(deps, user, orderId)
  if (!isPayable(order)) {
    throw new Problem(409, 'order_not_payable', `This order is ${order.status}; it cannot be paid for now.`)
  }
  if (amount !== undefined && toMinor(amount) !== toMinor(order.totalAmount)) {
    const detail = `The order's total is ${order.currency} ${order.totalAmount}. Leave amount out, or send that.`
    throw new Problem(422, 'amount_mismatch', detail)
  }
  return order
}

export async function findOwnOrder(deps: Deps, user: User, id: string): Promise<orderContract.PayableOrder> {
  const order = await findOrder(deps, id)
  if (order.userId !== user.id) throw notFound('order')
  linkTrace(order.traceparent)
  return order
}

/** Anybody's order. Throws a 404 Problem where there is none. */
export async function findOrder({ order }: Deps, id: string): Promise<orderContract.PayableOrder> {
  try {
    return (await order.call(orderContract.readPayableOrder, { params: { id } })).order
  } catch (error) {
    if (error instanceof RemoteRefused && error.status === 404) throw notFound('order')
    throw error
  }
}

function isPayable({ status, paymentStatus }: orderContract.PayableOrder): boolean {
  return (status === 'pending' || status === 'confirmed') && (paymentStatus === 'pending' || paymentStatus === 'failed')
}
