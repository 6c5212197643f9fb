import type { AnswerOf, orderContract as contract, InputOf } from '@duka/contracts'
import { closeOrder } from './close-order'
import type { Deps } from './deps'
import { findOrder, requireStandingOrder } from './find-order'

type Body = InputOf<typeof contract.refuseCash>['body']
type Answer = AnswerOf<typeof contract.refuseCash>

/** Refused at the door: the order is cancelled for good, from wherever it has got to on its way there. */
export async function refuseCash(deps: Deps, id: string, { paymentId, reason, actor }: Body): Promise<Answer> {
  const order = await requireStandingOrder(deps, id)
  if (order.cash_payment_id === paymentId && !order.payment_id) {
    const from = ['confirmed', 'processing', 'shipped'] as const
    await closeOrder(deps, id, from, { actor, reason: `Not taken at the door: ${reason}`, isFinal: true })
  }
  const now = await findOrder(deps, id)
  if (now?.cash_payment_id === paymentId && now.status === 'cancelled') return { outcome: 'cancelled', reason: null }
  return { outcome: 'refused', reason: `The order cannot be cancelled: it is ${now?.status}.` }
}
