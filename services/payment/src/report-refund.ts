import { orderContract, toMajor, toMinor } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { reportPayment } from './report-payment'

const batch = 50
const patienceSeconds = 15

const unreported = `completed_at IS NOT NULL
  AND (refund_revision <> reported_refund_revision OR refunded_amount <> reported_refund)`

/** Tells the order how much of its money went back, or that it came back, after it was told that the money came. */
export async function reportRefund(deps: Deps, paymentId: string): Promise<void> {
  const sql = `SELECT * FROM payments WHERE id = $1 AND ${unreported}`
  const payment = await queryRow<PaymentRow>(deps.database, sql, [paymentId])
  if (!payment) return
  await reportPayment(deps, paymentId)
  await deps.order.call(orderContract.updateOrderStatus, {
    body: {
      orderId: payment.order_id,
      paymentId: payment.id,
      provider: payment.provider,
      status: statusOf(payment),
      amount: toMajor(toMinor(payment.amount)),
      currency: payment.currency,
      refundedAmount: toMajor(toMinor(payment.refunded_amount)),
      refundRevision: payment.refund_revision,
    },
  })
  const note = 'UPDATE payments SET reported_refund = $2, reported_refund_revision = $3 WHERE id = $1'
  await queryRows(deps.database, note, [payment.id, payment.refunded_amount, payment.refund_revision])
  deps.log.info('refund_reported', { paymentId, orderId: payment.order_id, refundedAmount: payment.refunded_amount })
}

function statusOf({ refunded_amount, amount }: PaymentRow) {
  if (toMinor(refunded_amount) === 0) return 'not_refunded'
  return refunded_amount === amount ? 'refunded' : 'partially_refunded'
}

reportRefund.key = (paymentId: string) => `report-refund:${paymentId}`

reportRefund.job = (paymentId: string) => ({
  task: 'report-refund',
  payload: { paymentId },
  key: reportRefund.key(paymentId),
})

/** Never throws: what fails is left to the job. */
export function tryReportRefund(deps: Deps, paymentId: string): Promise<boolean> {
  return tryNow(deps.database, reportRefund.key(paymentId), deps.log, () => reportRefund(deps, paymentId))
}

/** Finds refunds that the order has not taken note of, in case their job is lost. */
export async function reportUnreportedRefunds(deps: Deps): Promise<void> {
  const rows = await queryRows<{ id: string }>(
    deps.database,
    `SELECT id FROM payments WHERE ${unreported} AND updated_at < now() - make_interval(secs => ${patienceSeconds})
     ORDER BY updated_at LIMIT ${batch}`,
  )
  for (const { id } of rows) await tryReportRefund(deps, id)
}
