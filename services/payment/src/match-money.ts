import { type orderContract, toDecimal } from '@duka/contracts'
import { newId, Problem, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { isCountedBy, type Money, readMoney } from './read-money'
import { followMoney } from './settle-payment'
import type { EventRow } from './webhook-event'

type Database = Pick<Deps, 'database'>

/**
 * Makes a payment of money that came without one, for the order that a person found for it. Whether the order can take it
 * is the order's to say, as for any money: what it cannot take goes back by itself.
 */
export async function matchMoney(
  { database }: Database,
  event: EventRow,
  order: orderContract.PayableOrder,
  transaction: Transaction,
): Promise<string> {
  const money = readMoney(event)
  if (!money) throw new Error(`The event ${event.id} tells of no money`)
  requireCurrency(money, order)
  const reference = await takeReference({ database }, event, money, transaction)
  const sql = 'INSERT INTO payment_orders (order_id) VALUES ($1) ON CONFLICT DO NOTHING'
  await queryRows(database, sql, [order.id], transaction)
  const payment = await insertPayment({ database }, event, order, { ...money, reference }, transaction)
  if (!payment) throw counted(money)
  const taken = `UPDATE webhook_events SET payment_id = COALESCE(payment_id, $2), outcome = 'applied' WHERE id = $1`
  await queryRows(database, taken, [event.id, payment.id], transaction)
  await followMoney({ database }, payment, transaction)
  return payment.id
}

function requireCurrency({ currency }: Money, order: orderContract.PayableOrder): void {
  if (currency === order.currency) return
  const detail = `The money came in ${currency}, and the order is in ${order.currency}.`
  throw new Problem(422, 'currency_mismatch', detail)
}

function counted({ receipt }: Money): Problem {
  return new Problem(409, 'receipt_reused', `The money of the receipt ${receipt} counts for a payment already.`)
}

/**
 * Ends the try that the money was first taken for, which must not count it too: what is told of the request from here on
 * is about the new payment. A prompt of another shop, or one that was paid twice, gives the new payment no reference.
 */
async function takeReference(
  { database }: Database,
  { provider }: EventRow,
  money: Money,
  transaction: Transaction,
): Promise<string | null> {
  const sql = 'SELECT * FROM payments WHERE provider = $1 AND external_reference = $2 FOR UPDATE'
  const owner = await queryRow<PaymentRow>(database, sql, [provider, money.reference], transaction)
  if (owner && isCountedBy(money, owner)) throw counted(money)
  if (owner && !owner.completed_at) await freeReference({ database }, owner, transaction)
  return provider === 'stripe' || (owner && !owner.completed_at) ? money.reference : null
}

async function freeReference({ database }: Database, { id }: PaymentRow, transaction: Transaction): Promise<void> {
  await queryRows(
    database,
    `UPDATE payments SET external_reference = NULL, next_check_at = NULL, status = 'failed', failure_code = 'matched',
       failure_message = 'Its money was matched to an order by hand.', updated_at = now()
     WHERE id = $1`,
    [id],
    transaction,
  )
}

function insertPayment(
  { database }: Database,
  event: EventRow,
  order: orderContract.PayableOrder,
  { receipt, amount, phoneNumber, reference }: Omit<Money, 'reference'> & { reference: string | null },
  transaction: Transaction,
) {
  return queryRow<PaymentRow>(
    database,
    `INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, status, transaction_id,
       external_reference, phone_number, metadata, completed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'completed', $8, $9, $10, $11, now()) ON CONFLICT DO NOTHING RETURNING *`,
    [
      newId(),
      order.id,
      order.userId,
      order.orderNumber,
      event.provider,
      toDecimal(amount),
      order.currency,
      receipt,
      reference,
      phoneNumber,
      JSON.stringify({ matchedEvent: event.id }),
    ],
    transaction,
  )
}
