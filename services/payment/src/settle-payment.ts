import { backstopPart, newId, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { Failure } from './mpesa/result-codes'
import { type PaymentRow, paymentColumns } from './payment'
import { reportPayment } from './report-payment'
import { countCompleted, countEnded } from './watch-payments'

type Database = Pick<Deps, 'database'>

/**
 * Money came. It counts once, and it counts over any failure that was noted before: a success is never undone by what
 * comes later. The order is told by a job that the same transaction adds. `receipt` is null where only a query told.
 */
export async function completePayment(
  { database }: Database,
  payment: PaymentRow,
  receipt: string | null,
  transaction: Transaction,
): Promise<void> {
  const completed = await queryRow<PaymentRow>(
    database,
    `UPDATE payments SET status = 'completed', transaction_id = COALESCE(transaction_id, $2), failure_code = NULL,
       failure_message = NULL, next_check_at = NULL, completed_at = now(), updated_at = now()
     WHERE id = $1 AND status IN ('pending', 'failed') RETURNING ${paymentColumns}`,
    [payment.id, receipt],
    transaction,
  )
  if (completed) await followMoney({ database }, completed, transaction)
}

/** Why cash on delivery ends that nobody has to collect any more. */
export const paidOtherwise = { code: 'paid_otherwise', message: 'The order was paid in another way before it came.' }

/**
 * What has to follow once a payment is completed, in the transaction that completes it. The order is told. It needs no
 * other money: its cash is not to be collected at the door, and what a card could still pay is looked at now, and ended.
 * Money of another sum, which a person matched to the order, does not pay it, so its cash is still to be collected.
 */
export async function followMoney(
  { database }: Database,
  payment: PaymentRow,
  transaction: Transaction,
): Promise<void> {
  countCompleted(payment, transaction)
  const { order_id, id, amount, currency } = payment
  const report = backstopPart('(SELECT) AS completed', 5, reportPayment.job(id))
  const ended = await queryRows<PaymentRow>(
    database,
    `WITH cards AS (
       UPDATE payments SET next_check_at = now()
       WHERE order_id = $1 AND provider = 'stripe' AND status = 'pending' AND next_check_at IS NOT NULL),
     ${report.sql}
     UPDATE payments SET status = 'failed', failure_code = '${paidOtherwise.code}',
       failure_message = '${paidOtherwise.message}', updated_at = now()
     WHERE order_id = $1 AND id <> $2 AND provider = 'cash_on_delivery' AND status = 'pending'
       AND amount = $3 AND currency = $4 RETURNING provider`,
    [order_id, id, amount, currency, ...report.values],
    transaction,
  )
  countEnded(ended, 'cancelled', paidOtherwise.code, transaction)
}

/** When a doubtful failure is asked about once more. */
const secondLookSeconds = 60

/** The provider said no. Only a pending payment can fail. */
export async function failPayment(
  { database }: Database,
  payment: PaymentRow,
  failure: Failure,
  transaction: Transaction,
): Promise<void> {
  const failed = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET status = 'failed', next_check_at = now() + make_interval(secs => $4), failure_code = $2, failure_message = $3, updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING provider`,
    [payment.id, failure.code, failure.message, failure.isDoubtful ? secondLookSeconds : null],
    transaction,
  )
  countEnded(failed, 'failed', failure.code, transaction)
}

interface NewReview {
  kind: string
  paymentId: string | null
  eventId: string | null
  refundId?: string
  /** Why it is there, in a sentence for an admin. */
  detail: string
}

/**
 * Puts something before a person: it is kept, open, until somebody decides. What an event or an open review says already
 * is not said twice.
 */
export async function openReview(
  { database }: Database,
  { kind, paymentId, eventId, refundId, detail }: NewReview,
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `INSERT INTO payment_reviews (id, kind, payment_id, event_id, refund_id, detail)
     SELECT $1::uuid, $2::text, $3::uuid, $4::uuid, $5::uuid, $6::text WHERE NOT EXISTS (
       SELECT 1 FROM payment_reviews WHERE kind = $2 AND payment_id IS NOT DISTINCT FROM $3
         AND event_id IS NOT DISTINCT FROM $4 AND refund_id IS NOT DISTINCT FROM $5
         AND (resolved_at IS NULL OR event_id IS NOT NULL))`,
    [newId(), kind, paymentId, eventId, refundId ?? null, detail],
    transaction,
  )
}
