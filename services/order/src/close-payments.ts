import { type AnswerOf, paymentContract } from '@duka/contracts'
import type { Deps } from './deps'

type Outcome = AnswerOf<typeof paymentContract.closePayments>['outcome']

/** Asks payment to stop taking money for an order, and whether any came. */
export async function closePayments({ payment }: Pick<Deps, 'payment'>, orderId: string): Promise<Outcome> {
  return (await payment.call(paymentContract.closePayments, { body: { orderId } })).outcome
}

closePayments.key = (orderId: string) => `close-payments:${orderId}`

closePayments.job = (orderId: string) => ({
  task: 'close-payments',
  payload: { orderId },
  key: closePayments.key(orderId),
})
