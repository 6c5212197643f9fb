import { orderContract, toMajor, toMinor } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { openReview } from './settle-payment'

const batch = 50
const patienceSeconds = 15

/** Tells the order that its money has come. What the order cannot take is put before a person, never kept silently. */
export async function reportPayment(deps: Deps, paymentId: string): Promise<void> {
  const payment = await queryRow<PaymentRow>(
    deps.database,
    'SELECT * FROM payments WHERE id = $1 AND completed_at IS NOT NULL AND reported_at IS NULL',
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
  await deps.database.transaction(async (transaction) => {
    const sql = 'UPDATE payments SET reported_at = now() WHERE id = $1 AND reported_at IS NULL RETURNING id'
    const first = await queryRow(deps.database, sql, [payment.id], transaction)
    if (!first || outcome === 'applied') return
    const review = { kind: 'refund_due', paymentId: payment.id, eventId: null, detail: reason ?? '' }
    await openReview(deps, review, transaction)
  })
  deps.log.info('payment_reported', { paymentId: payment.id, orderId: payment.order_id, outcome, reason })
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
