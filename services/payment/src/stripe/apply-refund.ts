import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import type { RefundRow } from '../refund'
import { requestRefund } from '../request-refund'
import { openReview } from '../settle-payment'
import { settleRefund } from '../settle-refund'
import { fromStripeUnits } from './amounts'
import type { Outcome } from './apply-intent'
import type { StripeRefund } from './read-refund'
import { toStep } from './refund-by-stripe'

/** Who gave money back at Stripe itself, past the shop. */
const elsewhere = { id: null, role: 'stripe' }

/** Applies what an event says of a refund to its locked payment. Events come in any order and number. */
export async function applyRefund(
  deps: Deps,
  payment: PaymentRow,
  refund: StripeRefund,
  eventId: string,
  transaction: Transaction,
): Promise<Outcome> {
  const known = await findRefund(deps, payment, refund, transaction)
  const row = known ?? (await adoptRefund(deps, payment, refund, transaction))
  if (row) {
    await settleRefund(deps, row, toStep(refund), transaction)
    return 'applied'
  }
  if (refund.status === 'failed' || refund.status === 'canceled') return 'ignored'
  const detail = `Stripe gave ${refund.units} in ${refund.currency} back (${refund.id}), which our books have no room for.`
  await openReview(deps, { kind: 'refunded_elsewhere', paymentId: payment.id, eventId, detail }, transaction)
  return 'review'
}

function findRefund({ database }: Deps, payment: PaymentRow, { id, refundId }: StripeRefund, transaction: Transaction) {
  const sql = `SELECT * FROM refunds WHERE payment_id = $1 AND (external_reference = $2 OR id = $3) LIMIT 1`
  return queryRow<RefundRow>(database, sql, [payment.id, id, refundId], transaction)
}

/**
 * A refund that somebody began in Stripe's own pages counts in our books too. One that failed is kept as well: that it
 * had succeeded before may be told later.
 */
async function adoptRefund(deps: Deps, payment: PaymentRow, refund: StripeRefund, transaction: Transaction) {
  if (refund.currency !== payment.currency || refund.status === 'canceled') return undefined
  // Its money may have come, and not be told yet: the event is applied again later.
  if (payment.status === 'pending' && payment.next_check_at) throw new Error('A refund came before its payment')
  const amount = fromStripeUnits(refund.units, refund.currency)
  const reason = "Given back in Stripe's dashboard"
  const row = await requestRefund(deps, { paymentId: payment.id, amount, reason, actor: elsewhere }, transaction)
  if (row) await settleRefund(deps, row, { kind: 'sent', reference: refund.id }, transaction)
  return row
}
