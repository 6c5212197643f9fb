import { type orderContract, toDecimal } from '@duka/contracts'
import { newId, Problem, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { readMoney } from './mpesa/read-callback'
import type { PaymentRow } from './payment'
import { followMoney } from './settle-payment'
import type { EventRow } from './webhook-event'

/**
 * Makes a payment of money that came without one, for the order that a person found for it. Whether the order can take it
 * is the order's to say, as for any money: what it cannot take goes back by itself.
 */
export async function matchMoney(
  { database }: Deps,
  event: EventRow,
  order: orderContract.PayableOrder,
  transaction: Transaction,
): Promise<string> {
  const money = readMoney(event)
  if (!money) throw new Error(`The event ${event.id} tells of no money`)
  const sql = 'INSERT INTO payment_orders (order_id) VALUES ($1) ON CONFLICT DO NOTHING'
  await queryRows(database, sql, [order.id], transaction)
  const payment = await queryRow<PaymentRow>(
    database,
    `INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, status, transaction_id,
       phone_number, metadata, completed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'completed', $8, $9, $10, now())
     ON CONFLICT (provider, transaction_id) DO NOTHING RETURNING *`,
    [
      newId(),
      order.id,
      order.userId,
      order.orderNumber,
      event.provider,
      toDecimal(money.amount),
      order.currency,
      money.receipt,
      money.phoneNumber,
      JSON.stringify({ matchedEvent: event.id }),
    ],
    transaction,
  )
  if (!payment) {
    throw new Problem(409, 'receipt_reused', `The receipt ${money.receipt} belongs to a payment already.`)
  }
  const taken = `UPDATE webhook_events SET payment_id = COALESCE(payment_id, $2), outcome = 'applied' WHERE id = $1`
  await queryRows(database, taken, [event.id, payment.id], transaction)
  await followMoney({ database }, payment, transaction)
  return payment.id
}
