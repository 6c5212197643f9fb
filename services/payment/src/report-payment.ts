import { orderContract, toMajor, toMinor } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { advanceRefund } from './advance-refunds'
import type { Deps } from './deps'
import { type PaymentRow, paymentColumns } from './payment'
import { shopItself } from './refund'
import { refundProviderOf } from './refund-provider'
import { requestRefund } from './request-refund'
import { openReview } from './settle-payment'

const batch = 50
const patienceSeconds = 15

/**
 * Tells the order that its money has come. What the order cannot take goes back by itself where that is possible, and is
 * before a person until it has.
 */
export async function reportPayment(deps: Deps, paymentId: string): Promise<void> {
  const payment = await queryRow<PaymentRow>(
    deps.database,
    `SELECT ${paymentColumns} FROM payments WHERE id = $1 AND completed_at IS NOT NULL AND reported_at IS NULL`,
    [paymentId],
  )
  if (!payment) return
  const { outcome, reason } = await deps.order.call(orderContract.updateOrderStatus, {
    body: {
      orderId: payment.order_id,
      paymentId: payment.id,
      provider: payment.provider,
      status: 'paid',
      amount: toMajor(toMinor(payment.amount)),
      currency: payment.currency,
    },
  })
  const refund = await noteReport(deps, payment, outcome === 'refund_due' ? (reason ?? '') : null)
  deps.log.info('payment_reported', { paymentId: payment.id, orderId: payment.order_id, outcome, reason })
  if (refund) void advanceRefund(deps, refund.id)
}

/** `refundDue`: why the order cannot take the money, which then goes back. Answers the refund, where there is one now. */
async function noteReport(deps: Deps, payment: PaymentRow, refundDue: string | null) {
  const note = (transaction: Transaction | null) => {
    const sql = 'UPDATE payments SET reported_at = now() WHERE id = $1 AND reported_at IS NULL RETURNING id'
    return queryRow(deps.database, sql, [payment.id], transaction)
  }
  if (refundDue === null) return void (await note(null))
  return deps.database.transaction(async (transaction) =>
    (await note(transaction)) ? giveBack(deps, payment, refundDue, transaction) : undefined,
  )
}

async function giveBack(deps: Deps, { id, provider }: PaymentRow, detail: string, transaction: Transaction) {
  await openReview(deps, { kind: 'refund_due', paymentId: id, eventId: null, detail }, transaction)
  const means = refundProviderOf(deps, provider)
  if (!means || means.isByHand) return undefined
  return requestRefund(deps, { paymentId: id, amount: null, reason: detail, actor: shopItself }, transaction)
}

reportPayment.key = (paymentId: string) => `report-payment:${paymentId}`

reportPayment.job = (paymentId: string) => ({
  task: 'report-payment',
  payload: { paymentId },
  key: reportPayment.key(paymentId),
})

/** Finds completed payments that the order has not taken note of, in case their job is lost. One that fails stops no other. */
export async function reportUnreportedPayments(deps: Deps): Promise<void> {
  const rows = await queryRows<{ id: string }>(
    deps.database,
    `SELECT id FROM payments WHERE completed_at < now() - make_interval(secs => ${patienceSeconds}) AND reported_at IS NULL
     ORDER BY completed_at LIMIT ${batch}`,
  )
  for (const { id } of rows) await tryNow(deps.database, reportPayment.key(id), deps.log, () => reportPayment(deps, id))
}
