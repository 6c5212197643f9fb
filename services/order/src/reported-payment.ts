import type { AnswerOf, orderContract as contract, InputOf, Minor } from '@duka/contracts'
import { toDecimal } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'

type Report = InputOf<typeof contract.updateOrderStatus>['body']
export type PaidReport = Extract<Report, { status: 'paid' }>
export type RefundReport = Exclude<Report, PaidReport>
export type Answer = AnswerOf<typeof contract.updateOrderStatus>

type Database = Pick<Deps, 'database'>

export interface ReportedPayment {
  /** Null where only a refund was told of it so far. */
  outcome: Answer['outcome'] | null
  reason: string | null
  refunded_amount: string
}

/** What is known of a payment from earlier reports. */
export function findReported({ database }: Database, paymentId: string, transaction: Transaction | null) {
  const sql = 'SELECT outcome, reason, refunded_amount FROM order_payments WHERE payment_id = $1'
  return queryRow<ReportedPayment>(database, sql, [paymentId], transaction)
}

/** Keeps what became of the money, for good: a reason is why the order cannot take it. */
export async function keepDecision(
  { database }: Database,
  { paymentId, orderId }: PaidReport,
  reason: string | null,
  transaction: Transaction,
): Promise<void> {
  const outcome: Answer['outcome'] = reason ? 'refund_due' : 'applied'
  await queryRows(
    database,
    `INSERT INTO order_payments (payment_id, order_id, outcome, reason) VALUES ($1, $2, $3, $4)
     ON CONFLICT (payment_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason`,
    [paymentId, orderId, outcome, reason],
    transaction,
  )
}

/** Keeps how much of a payment went back. False where a later report was there first. */
export async function keepRefund(
  { database }: Database,
  { paymentId, orderId, refundRevision }: RefundReport,
  refunded: Minor,
  transaction: Transaction,
): Promise<boolean> {
  const kept = await queryRow(
    database,
    `INSERT INTO order_payments AS p (payment_id, order_id, refunded_amount, refund_revision) VALUES ($1, $2, $3, $4)
     ON CONFLICT (payment_id) DO UPDATE
       SET refunded_amount = excluded.refunded_amount, refund_revision = excluded.refund_revision
       WHERE (p.refund_revision, p.refunded_amount) < (excluded.refund_revision, excluded.refunded_amount)
     RETURNING payment_id`,
    [paymentId, orderId, toDecimal(refunded), refundRevision],
    transaction,
  )
  return kept !== undefined
}
