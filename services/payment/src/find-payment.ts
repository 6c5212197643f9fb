import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { noSuchPayment, type PaymentRow, paymentColumns } from './payment'

/** Throws a 404 Problem where there is none. */
export async function findPayment({ database }: Pick<Deps, 'database'>, id: string): Promise<PaymentRow> {
  const sql = `SELECT ${paymentColumns} FROM payments WHERE id = $1`
  const payment = await queryRow<PaymentRow>(database, sql, [id])
  if (!payment) throw noSuchPayment()
  return payment
}

/** Holds a payment's row, so that a callback and a query about it are applied one after the other. */
export async function lockPayment({ database }: Pick<Deps, 'database'>, id: string, transaction: Transaction) {
  const sql = `SELECT ${paymentColumns} FROM payments WHERE id = $1 FOR UPDATE`
  return (await queryRow<PaymentRow>(database, sql, [id], transaction))!
}
