import { type AnswerOf, paymentContract, type RequestOf } from '@duka/contracts'
import type { Deps } from './deps'

type Outcome = AnswerOf<typeof paymentContract.closePayments>['outcome']

/**
 * Asks payment to stop taking money for an order, and whether any came. `move` says what the order is about to do, or has
 * done: before a move that may lose against another one, nothing is ended that the order needs where it does.
 */
export async function closePayments(
  { payment }: Pick<Deps, 'payment'>,
  orderId: string,
  move: RequestOf<typeof paymentContract.closePayments>['body']['move'],
): Promise<Outcome> {
  return (await payment.call(paymentContract.closePayments, { body: { orderId, move } })).outcome
}

closePayments.key = (orderId: string) => `close-payments:${orderId}`

closePayments.job = (orderId: string) => ({
  task: 'close-payments',
  payload: { orderId },
  key: closePayments.key(orderId),
})
