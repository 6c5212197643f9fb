import { orderContract } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { paidOtherwise } from './settle-payment'
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
  if (outcome === 'confirmed')
    return deps.database.transaction((transaction) => markConfirmed(deps, payment, transaction))
  const failure = { code: 'order_not_payable', message: reason ?? 'This order cannot be paid for now.' }
  await endCash(deps, payment, failure, null)
}

/**
 * Money that comes at this moment in another way ends what cash it sees. It may not have seen this one, so its own row is
 * waited for: whoever of the two comes second sees the other. Cash is locked last, as money that comes does.
 */
async function markConfirmed(deps: Deps, payment: PaymentRow, transaction: Transaction): Promise<void> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 ORDER BY provider = 'cash_on_delivery', id FOR UPDATE`
  const payments = await queryRows<PaymentRow>(deps.database, sql, [payment.order_id], transaction)
  const { id, amount, currency } = payment
  const isPaid = payments.some(
    (each) => each.id !== id && each.completed_at && each.amount === amount && each.currency === currency,
  )
  if (isPaid) return endCash(deps, payment, paidOtherwise, transaction)
  const confirm = `UPDATE payments SET confirmed_at = now(), updated_at = now() WHERE id = $1 AND status = 'pending'`
  await queryRows(deps.database, confirm, [id], transaction)
}

interface End {
  code: string
  message: string
}

async function endCash({ database }: Deps, { id }: PaymentRow, end: End, transaction: Transaction | null) {
  const ended = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET status = 'failed', failure_code = $2, failure_message = $3, updated_at = now()
     WHERE id = $1 AND status = 'pending' RETURNING provider`,
    [id, end.code, end.message],
    transaction,
  )
  countEnded(ended, end === paidOtherwise ? 'cancelled' : 'failed', end.code, transaction)
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
