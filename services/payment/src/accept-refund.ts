import { toMajor, toMinor } from '@duka/contracts'
import { Problem, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { bookByHand } from './book-by-hand'
import { bookOutsideRefund } from './book-outside-refund'
import { lastWords, readOutside, readWaiting, resolveBooked } from './book-waiting-refunds'
import type { Deps } from './deps'
import { leftOf, type PaymentRow } from './payment'
import type { RefundRow } from './refund'
import type { ReviewRow, Subjects } from './review'
import { settleRefund } from './settle-refund'

interface Acceptance {
  user: User
  note: string
}

/** Kinds of reviews in which accepting is about money that went back, and not about money that came. */
export const aboutRefunds = new Set(['refund_silent', 'refund_failed', 'refunded_elsewhere'])

const done = { kind: 'succeeded', reference: null, receipt: null } as const

/** Books what a person found to have gone back. Throws a 409 Problem while there is no room for it. */
export async function acceptRefund(
  deps: Deps,
  { kind }: ReviewRow,
  { payment, event, refund }: Subjects,
  acceptance: Acceptance,
  transaction: Transaction,
): Promise<void> {
  if (kind === 'refund_silent') return settleRefund(deps, refund!, done, transaction)
  if (kind === 'refund_failed') return acceptFailed(deps, payment!, refund!, acceptance, transaction)
  const told = event ? readOutside(event.body) : undefined
  const words = lastWords(await readWaiting(deps, payment!.id, transaction))
  const last = words.find(({ reference }) => reference === told?.reference)
  if (!last || !(await bookOutsideRefund(deps, payment!, last, transaction))) throw noRoom(payment!)
  await resolveBooked(deps, payment!.id, transaction)
}

/**
 * Safaricom may still tell of the refund, which then counts once. Stripe has said that this one moved nothing, and may say
 * it again: what went back in another way is a refund of its own.
 */
async function acceptFailed(
  deps: Deps,
  payment: PaymentRow,
  refund: RefundRow,
  { user, note }: Acceptance,
  transaction: Transaction,
): Promise<void> {
  if (leftOf(payment) < toMinor(refund.amount)) throw noRoom(payment)
  if (payment.provider === 'mpesa') return settleRefund(deps, refund, done, transaction)
  const actor = { id: user.id, role: user.role }
  const byHand = { paymentId: payment.id, amount: toMinor(refund.amount), reason: note, actor }
  await bookByHand(deps, byHand, transaction)
}

function noRoom(payment: PaymentRow): Problem {
  const { currency, refunding_amount } = payment
  const onItsWay = toMajor(toMinor(refunding_amount))
  const left = `Of this payment ${currency} ${toMajor(leftOf(payment))} can still go back, and this is more`
  const wait = onItsWay > 0 ? `: ${currency} ${onItsWay} of it are on their way. Decide once that has ended` : ''
  return new Problem(409, 'decision_not_possible', `${left}${wait}.`)
}
