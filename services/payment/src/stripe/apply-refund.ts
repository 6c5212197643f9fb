import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { bookOutsideRefund } from '../book-outside-refund'
import { bookWaitingRefunds } from '../book-waiting-refunds'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import { openReview } from '../settle-payment'
import type { Outcome } from './apply-intent'
import type { StripeRefund } from './read-refund'
import { toOutside } from './refund-by-stripe'

/** Applies what an event says of a refund to its locked payment. Events come in any order and number. */
export async function applyRefund(
  deps: Deps,
  payment: PaymentRow,
  refund: StripeRefund,
  eventId: string,
  transaction: Transaction,
): Promise<Outcome> {
  const outside = toOutside(refund)
  const isBooked = await bookOutsideRefund(deps, payment, outside, transaction)
  if (outside.step.kind === 'failed') await bookWaitingRefunds(deps, payment.id, [], transaction)
  if (isBooked) return 'applied'
  if (outside.step.kind === 'failed') return 'ignored'
  await openElsewhere(deps, payment, refund, eventId, transaction)
  return 'review'
}

/** Once for each refund, however many events tell of it. */
async function openElsewhere(
  deps: Deps,
  payment: PaymentRow,
  { id, units, currency }: StripeRefund,
  eventId: string,
  transaction: Transaction,
) {
  const sql = `SELECT 1 FROM payment_reviews WHERE payment_id = $1 AND kind = 'refunded_elsewhere'
    AND position($2 IN detail) > 0`
  if (await queryRow(deps.database, sql, [payment.id, `(${id})`], transaction)) return
  const detail = `Stripe gave ${units} in ${currency} back (${id}), which our books have no room for.`
  await openReview(deps, { kind: 'refunded_elsewhere', paymentId: payment.id, eventId, detail }, transaction)
}
