import { queryRows, type User } from '@duka/kit'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { noSuchPayment, type PaymentRow, toPayment } from './payment'
import { findOwnOrder } from './require-payable-order'

export async function readPayment(deps: Deps, user: User, id: string) {
  const payment = await findPayment(deps, id)
  if (payment.user_id !== user.id) throw noSuchPayment()
  return { payment: toPayment(payment) }
}

/** Every try to pay for an order, newest first. */
export async function listOrderPayments(deps: Deps, user: User, orderId: string) {
  const rows = await queryRows<PaymentRow>(
    deps.database,
    'SELECT * FROM payments WHERE order_id = $1 AND user_id = $2 ORDER BY created_at DESC, id DESC LIMIT 100',
    [orderId, user.id],
  )
  // Only the order service knows whose an order is that nobody tried to pay yet.
  if (rows.length === 0) await findOwnOrder(deps, user, orderId)
  return { payments: rows.map(toPayment) }
}
