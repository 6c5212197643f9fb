import { toMinor } from '@duka/contracts'
import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { checkSilentPayments } from './check-silent-payments'
import type { Deps } from './deps'
import { forgivePrompt } from './limit-prompts'
import { applyResult } from './mpesa/apply-result'
import { type MpesaCallback, readCallback } from './mpesa/read-callback'
import { failureOf, paidCode } from './mpesa/result-codes'
import { type PaymentRow, paymentColumns } from './payment'
import { reportPayment } from './report-payment'
import { tryReportRefund } from './report-refund'
import { reviewUnmatched } from './review-unmatched'
import { completePayment, failPayment, openReview } from './settle-payment'
import { countWebhook } from './watch-payments'

type Outcome = 'applied' | 'ignored' | 'unmatched' | 'unreadable' | 'review'

interface EventRow {
  id: string
  secret_hash: string
  body: string
}

/** Applies a kept callback, once: the event and its payment are locked, and its outcome is written with its effect. */
export async function applyCallback(deps: Deps, eventId: string): Promise<void> {
  const applied = await deps.database.transaction(async (transaction) => {
    const sql = 'SELECT id, secret_hash, body FROM webhook_events WHERE id = $1 AND outcome IS NULL FOR UPDATE'
    const event = await queryRow<EventRow>(deps.database, sql, [eventId], transaction)
    if (!event) return undefined
    const applied = await applyEvent(deps, event, transaction)
    const { paymentId, outcome } = applied
    await closeEvent(deps, event.id, paymentId, outcome, transaction)
    countWebhook('mpesa', outcome, transaction)
    deps.log.info('mpesa_callback', { eventId, paymentId, outcome })
    return applied
  })
  if (applied?.paymentId) await tellOrder(deps, applied.paymentId, applied.isRefund)
  if (applied?.prompted) await forgivePrompt(deps, applied.prompted)
}

interface Applied {
  paymentId: string | null
  outcome: Outcome
  isRefund: boolean
  /** Where it is about a prompt. */
  prompted?: PaymentRow
}

/** The secret says whether it is the callback of a push, or the result of a refund. */
async function applyEvent(deps: Deps, event: EventRow, transaction: Transaction): Promise<Applied> {
  const payment = await lockBySecret(deps, event.secret_hash, transaction)
  if (payment) {
    const outcome = await applyTo(deps, payment, event, transaction)
    return { paymentId: payment.id, outcome, isRefund: false, prompted: payment }
  }
  const result = await applyResult(deps, event, transaction)
  if (result) return { ...result, isRefund: true }
  await reviewUnmatched(deps, { ...event, provider: 'mpesa' }, transaction)
  return { paymentId: null, outcome: 'unmatched', isRefund: false }
}

async function tellOrder(deps: Deps, paymentId: string, isRefund: boolean): Promise<void> {
  if (isRefund) return void (await tryReportRefund(deps, paymentId))
  if (deps.mpesa?.confirmByQuery) await checkSilentPayments(deps)
  await tryNow(deps.database, reportPayment.key(paymentId), deps.log, () => reportPayment(deps, paymentId))
}

applyCallback.key = (eventId: string) => `apply-callback:${eventId}`

applyCallback.job = (eventId: string) => ({
  task: 'apply-callback',
  payload: { eventId },
  key: applyCallback.key(eventId),
})

function lockBySecret({ database }: Deps, secretHash: string, transaction: Transaction) {
  const sql = `SELECT ${paymentColumns} FROM payments WHERE callback_hash = $1 FOR UPDATE`
  return queryRow<PaymentRow>(database, sql, [secretHash], transaction)
}

async function closeEvent(
  { database }: Deps,
  id: string,
  paymentId: string | null,
  outcome: Outcome,
  transaction: Transaction,
) {
  await queryRows(
    database,
    'UPDATE webhook_events SET outcome = $2, payment_id = COALESCE($3, payment_id), applied_at = now() WHERE id = $1',
    [id, outcome, paymentId],
    transaction,
  )
}

async function applyTo(deps: Deps, payment: PaymentRow, event: EventRow, transaction: Transaction): Promise<Outcome> {
  const review = async (kind: string, detail: string): Promise<Outcome> => {
    await openReview(deps, { kind, paymentId: payment.id, eventId: event.id, detail }, transaction)
    await checkSoon(deps, payment, transaction)
    return 'review'
  }
  const callback = readCallback(event.body)
  if (!callback) return review('unreadable_callback', 'A callback with the right secret could not be read.')
  if (!matchesIds(payment, callback) || (await isIdOfAnother(deps, payment, callback, transaction))) {
    return review('wrong_ids', "The callback's ids are not those of this payment.")
  }
  await keepIds(deps, payment, callback, transaction)
  if (callback.resultCode === paidCode) return applySuccess(deps, payment, callback, review, transaction)
  return applyFailure(deps, payment, callback, transaction)
}

/** Ids are only known once Safaricom answered the request, which its callback may overtake. */
function matchesIds(payment: PaymentRow, { checkoutRequestId, merchantRequestId }: MpesaCallback): boolean {
  const { external_reference, merchant_request_id } = payment
  return (
    (external_reference === null || external_reference === checkoutRequestId) &&
    (merchant_request_id === null || merchant_request_id === merchantRequestId)
  )
}

async function isIdOfAnother(
  { database }: Deps,
  { id, external_reference }: PaymentRow,
  callback: MpesaCallback,
  transaction: Transaction,
) {
  // An id that is kept is of one payment.
  if (external_reference === callback.checkoutRequestId) return false
  const sql = `SELECT 1 FROM payments WHERE provider = 'mpesa' AND external_reference = $1 AND id <> $2`
  return (await queryRow(database, sql, [callback.checkoutRequestId, id], transaction)) !== undefined
}

async function keepIds({ database }: Deps, payment: PaymentRow, callback: MpesaCallback, transaction: Transaction) {
  if (payment.external_reference) return
  await queryRows(
    database,
    'UPDATE payments SET external_reference = $2, merchant_request_id = $3 WHERE id = $1',
    [payment.id, callback.checkoutRequestId, callback.merchantRequestId],
    transaction,
  )
}

type Review = (kind: string, detail: string) => Promise<Outcome>

async function applySuccess(
  deps: Deps,
  payment: PaymentRow,
  { amount, receipt }: MpesaCallback,
  review: Review,
  transaction: Transaction,
): Promise<Outcome> {
  if (amount !== toMinor(payment.amount))
    return review('wrong_amount', 'The callback names another amount than was asked for.')
  if (!receipt) return review('no_receipt', 'The callback says paid, but names no receipt.')
  if (await isReceiptOfAnother(deps, payment, receipt, transaction)) {
    return review('receipt_reused', `The receipt ${receipt} belongs to another payment.`)
  }
  if (payment.status === 'pending' || payment.status === 'failed') {
    if (deps.mpesa?.confirmByQuery) await askBack(deps, payment, receipt, transaction)
    else await completePayment(deps, payment, receipt, transaction)
    return 'applied'
  }
  if (payment.transaction_id === receipt) return 'ignored'
  if (payment.transaction_id) return review('second_receipt', `Paid again, with the receipt ${receipt}.`)
  await addReceipt(deps, payment, receipt, transaction)
  return 'applied'
}

/** Keeps the receipt, and leaves the rest to a query that is due at once. */
async function askBack({ database }: Deps, { id }: PaymentRow, receipt: string, transaction: Transaction) {
  const sql = `UPDATE payments SET transaction_id = COALESCE(transaction_id, $2), next_check_at = now(), updated_at = now()
    WHERE id = $1`
  await queryRows(database, sql, [id, receipt], transaction)
}

async function isReceiptOfAnother({ database }: Deps, { id }: PaymentRow, receipt: string, transaction: Transaction) {
  const sql = `SELECT 1 FROM payments WHERE provider = 'mpesa' AND transaction_id = $1 AND id <> $2`
  return (await queryRow(database, sql, [receipt, id], transaction)) !== undefined
}

/** A success that only a query told has no receipt until its callback comes. */
async function addReceipt({ database }: Deps, { id }: PaymentRow, receipt: string, transaction: Transaction) {
  const sql = 'UPDATE payments SET transaction_id = $2, updated_at = now() WHERE id = $1'
  await queryRows(database, sql, [id, receipt], transaction)
}

async function applyFailure(
  deps: Deps,
  payment: PaymentRow,
  { resultCode }: MpesaCallback,
  transaction: Transaction,
): Promise<Outcome> {
  if (payment.status !== 'pending') return 'ignored'
  const failure = failureOf(resultCode)
  if (failure) await failPayment(deps, payment, failure, transaction)
  else await checkSoon(deps, payment, transaction)
  return failure ? 'applied' : 'ignored'
}

async function checkSoon({ database }: Deps, { id }: PaymentRow, transaction: Transaction) {
  const sql = `UPDATE payments SET next_check_at = now() WHERE id = $1 AND status = 'pending'`
  await queryRows(database, sql, [id], transaction)
}
