import { enqueueBackstop, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { lockPayment } from './find-payment'
import type { PaymentRow } from './payment'
import { lockRefund, type RefundRow } from './refund'
import type { RefundStep } from './refund-provider'
import { reportRefund } from './report-refund'
import { resolveRefundReviews } from './review'
import { openReview } from './settle-payment'
import { returnedCode } from './stripe/refund-by-stripe'
import { countRefund } from './watch-payments'

type Database = Pick<Deps, 'database'>

/**
 * Writes down how far a refund is, with what follows for its own payment. Steps may come doubled and in any order: an end
 * is written once, and a success counts also where a failure was noted before.
 */
export async function noteRefundStep(
  deps: Database,
  { id, payment_id }: Pick<RefundRow, 'id' | 'payment_id'>,
  step: RefundStep,
  transaction: Transaction,
): Promise<void> {
  const { provider } = await lockPayment(deps, payment_id, transaction)
  const refund = { ...(await lockRefund(deps, id, transaction)), provider }
  if (step.kind === 'waiting' && step.isKeySpent) await noteSpentKey(deps, refund, transaction)
  if (step.kind === 'sent') await noteSent(deps, refund, step.reference, transaction)
  if (step.kind === 'succeeded') await succeed(deps, refund, step, transaction)
  if (step.kind === 'failed') await fail(deps, refund, step, transaction)
}

async function noteSent({ database }: Database, { id }: RefundRow, reference: string | null, transaction: Transaction) {
  await queryRows(
    database,
    `UPDATE refunds SET status = 'sent', external_reference = COALESCE(external_reference, $2), updated_at = now()
     WHERE id = $1 AND status IN ('requested', 'sent')`,
    [id, reference],
    transaction,
  )
}

async function noteSpentKey({ database }: Database, { id }: RefundRow, transaction: Transaction) {
  const sql = `UPDATE refunds SET spent_keys = spent_keys + 1, updated_at = now() WHERE id = $1 AND status = 'requested'`
  await queryRows(database, sql, [id], transaction)
}

type LockedRefund = RefundRow & Pick<PaymentRow, 'provider'>

type Success = Extract<RefundStep, { kind: 'succeeded' }>

async function succeed(
  deps: Database,
  refund: LockedRefund,
  { reference, receipt }: Success,
  transaction: Transaction,
) {
  // The bank sent it back after it had arrived, and that was told before.
  if (refund.status === 'failed' && refund.failure_code === returnedCode) return
  if (refund.status === 'succeeded') return addReceipt(deps, refund, receipt, transaction)
  const reserved = refund.status === 'failed' ? '0.00' : refund.amount
  const counted = await moveRefunded(deps, refund, { reserved, refunded: refund.amount }, transaction)
  if (!counted) {
    const detail = `A refund that counted as failed went out after all${receipt ? `, with the receipt ${receipt}` : ''}.`
    return openTwice(deps, refund, detail, transaction)
  }
  await queryRows(
    deps.database,
    `UPDATE refunds SET status = 'succeeded', external_reference = COALESCE(external_reference, $2), transaction_id = $3,
       failure_code = NULL, failure_message = NULL, next_check_at = NULL, settled_at = now(), succeeded_at = now(),
       updated_at = now()
     WHERE id = $1`,
    [refund.id, reference, receipt],
    transaction,
  )
  countRefund(refund.provider, 'succeeded', transaction)
  await resolveRefundReviews(deps, refund.payment_id, transaction)
}

/** A success that another refund's answer told has no receipt until its own result comes. */
async function addReceipt(deps: Database, refund: RefundRow, receipt: string | null, transaction: Transaction) {
  if (receipt === null) return
  const sql = `UPDATE refunds SET transaction_id = $2 WHERE id = $1 AND transaction_id IS NULL
    RETURNING EXISTS (SELECT 1 FROM payment_reviews WHERE refund_id = $1 AND kind = 'refund_failed'
      AND decision = 'accept') AS is_by_hand`
  const added = await queryRow<{ is_by_hand: boolean }>(deps.database, sql, [refund.id, receipt], transaction)
  if (!added?.is_by_hand) return
  const detail = `A person gave the money back after this refund had failed, and it went out after all, with the receipt ${receipt}.`
  await openTwice(deps, refund, detail, transaction)
}

function openTwice(deps: Database, { id, payment_id }: RefundRow, detail: string, transaction: Transaction) {
  const about = { kind: 'refunded_twice', paymentId: payment_id, eventId: null, refundId: id, detail }
  return openReview(deps, about, transaction)
}

/** Money that went back can return to us: a refund by card may fail days after it succeeded. */
async function fail(
  deps: Database,
  refund: LockedRefund,
  { code, message }: Extract<RefundStep, { kind: 'failed' }>,
  transaction: Transaction,
) {
  if (refund.status === 'failed') return
  const wasDone = refund.status === 'succeeded'
  const back = wasDone
    ? { reserved: '0.00', refunded: `-${refund.amount}` }
    : { reserved: refund.amount, refunded: '0.00' }
  await moveRefunded(deps, refund, back, transaction)
  await queryRows(
    deps.database,
    `UPDATE refunds SET status = 'failed', failure_code = $2, failure_message = $3, next_check_at = NULL,
       settled_at = now(), updated_at = now() WHERE id = $1`,
    [refund.id, code, message],
    transaction,
  )
  countRefund(refund.provider, 'failed', transaction)
  const detail = `The refund of ${refund.amount} ${wasDone ? 'came back' : 'failed'}: ${message}`
  await openReview(
    deps,
    { kind: 'refund_failed', paymentId: refund.payment_id, eventId: null, refundId: refund.id, detail },
    transaction,
  )
}

/** Moves an amount from what is reserved to what is refunded; false where there is no room for it. */
async function moveRefunded(
  { database }: Database,
  { payment_id }: RefundRow,
  { reserved, refunded }: { reserved: string; refunded: string },
  transaction: Transaction,
): Promise<boolean> {
  const moved = await queryRow(
    database,
    `UPDATE payments SET refunding_amount = refunding_amount - $2, refunded_amount = refunded_amount + $3,
       refund_revision = refund_revision + ($3::numeric <> 0)::integer,
       status = CASE refunded_amount + $3 WHEN 0 THEN 'completed' WHEN amount THEN 'refunded' ELSE 'partially_refunded' END,
       updated_at = now()
     WHERE id = $1 AND refunded_amount + $3 + refunding_amount - $2 <= amount RETURNING id`,
    [payment_id, reserved, refunded],
    transaction,
  )
  if (moved && refunded !== '0.00') await enqueueBackstop(database, transaction, reportRefund.job(payment_id))
  return moved !== undefined
}
