import type { Invariant } from './finding'
import { type AuditedPayment, isOnItsWay, namePayment, readAllPayments } from './read-payments'

export const checkRefunds: Invariant = {
  name: 'refunds',
  rule: 'What a payment gave back, and what it set aside for that, is what its refunds add up to; never more than came.',
  async *check({ payment }, count) {
    for await (const payments of readAllPayments(payment)) {
      const refunded = payments.filter(({ refunds, refunded, refunding }) => refunds.length + refunded + refunding > 0)
      count(refunded.length)
      for (const each of refunded) {
        for (const what of whatIsWrong(each)) yield { about: namePayment(each), orderId: each.orderId, what }
      }
    }
  },
}

function* whatIsWrong({
  status,
  isCompleted,
  amount,
  refunded,
  refunding,
  refunds,
}: AuditedPayment): Generator<string> {
  const done = addUp(refunds.filter((each) => each.status === 'succeeded'))
  const open = addUp(refunds.filter(isOnItsWay))
  if (done !== refunded) yield `gave back ${refunded} cents, and its refunds add up to ${done}`
  if (open !== refunding) yield `has ${refunding} cents set aside, and its open refunds add up to ${open}`
  if (refunded + refunding > amount) yield `gives back ${refunded + refunding} of ${amount} cents`
  if (refunded > 0 && !isCompleted) yield 'gave back money that never came'
  const expected = refunded === 0 ? 'completed' : refunded === amount ? 'refunded' : 'partially_refunded'
  if (isCompleted && status !== expected) yield `is ${status} after ${refunded} of ${amount} cents went back`
}

function addUp(refunds: { amount: number }[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0)
}
