import { orderContract } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { countEnded } from './watch-payments'

const batch = 50
const patienceSeconds = 15

/** Tells the order that it is paid in cash on delivery. What the order does not take ends the payment. */
export async function confirmCashOrder(deps: Deps, paymentId: string): Promise<void> {
  const payment = await queryRow<PaymentRow>(
    deps.database,
    `SELECT * FROM payments WHERE id = $1 AND provider = 'cash_on_delivery' AND status = 'pending' AND confirmed_at IS NULL`,
    [paymentId],
  )
  if (!payment) return
  const params = { id: payment.order_id }
  const { outcome, reason } = await deps.order.call(orderContract.confirmOrder, { params, body: { paymentId } })
  deps.log.info('cash_order_confirmed', { paymentId, orderId: payment.order_id, outcome, reason })
  const changed = await queryRows<PaymentRow>(
    deps.database,
    outcome === 'confirmed'
      ? 'UPDATE payments SET confirmed_at = now(), updated_at = now() WHERE id = $1 AND $2::text IS NULL'
      : `UPDATE payments SET status = 'failed', failure_code = 'order_not_payable', failure_message = $2,
           updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING provider`,
    [paymentId, outcome === 'confirmed' ? null : (reason ?? 'This order cannot be paid for now.')],
  )
  countEnded(changed, 'failed', 'order_not_payable')
}

confirmCashOrder.key = (paymentId: string) => `confirm-cash-order:${paymentId}`

confirmCashOrder.job = (paymentId: string) => ({
  task: 'confirm-cash-order',
  payload: { paymentId },
  key: confirmCashOrder.key(paymentId),
})

/** Never throws: what fails is left to the job. */
export function tryConfirmCashOrder(deps: Deps, paymentId: string): Promise<boolean> {
  return tryNow(deps.database, confirmCashOrder.key(paymentId), deps.log, () => confirmCashOrder(deps, paymentId))
}

/** Finds orders that have not heard that they are paid in cash, in case their job is lost. */
export async function confirmUnconfirmedOrders(deps: Deps): Promise<void> {
  const rows = await queryRows<{ id: string }>(
    deps.database,
    `SELECT id FROM payments WHERE provider = 'cash_on_delivery' AND status = 'pending' AND confirmed_at IS NULL
       AND created_at < now() - make_interval(secs => ${patienceSeconds}) ORDER BY created_at LIMIT ${batch}`,
  )
  for (const { id } of rows) await tryConfirmCashOrder(deps, id)
}
