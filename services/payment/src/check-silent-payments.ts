import { queryRow, queryRows, resumeTrace, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { lockPayment } from './find-payment'
import { forgivePrompt } from './limit-prompts'
import type { QueryOutcome } from './mpesa/daraja'
import { failureOf, paidCode } from './mpesa/result-codes'
import { promptSeconds } from './open-try'
import { type PaymentRow, unknownFailure } from './payment'
import { reportPayment } from './report-payment'
import { completePayment, failPayment, openReview } from './settle-payment'
import { countEnded } from './watch-payments'

const batch = 20
/** The pauses after the first check; the last one goes on until a payment is given up on. */
const pausesSeconds = [30, 60, 120, 300]
/** As long as Safaricom's own list of past transactions reaches back. */
const givenUpHours = 48

type DueRow = PaymentRow & { is_silent: boolean; is_given_up: boolean }

/**
 * Asks Safaricom about payments whose callback does not come. Silence is not failure: only Safaricom's own answer ends
 * a payment. Instances share the work, and the schedule is in the rows, so that it survives a restart.
 */
export async function checkSilentPayments(deps: Deps): Promise<void> {
  const due = await queryRows<DueRow>(
    deps.database,
    `UPDATE payments SET checks = checks + 1, checked_at = now(),
       next_check_at = now() + make_interval(secs => ($1::int[])[LEAST(checks + 1, ${pausesSeconds.length})])
     WHERE id IN (SELECT id FROM payments WHERE provider = 'mpesa' AND status IN ('pending', 'failed') AND next_check_at <= now()
                  ORDER BY next_check_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
     RETURNING *, created_at < now() - make_interval(secs => ${promptSeconds}) AS is_silent,
       created_at < now() - make_interval(hours => ${givenUpHours}) AS is_given_up`,
    [pausesSeconds],
  )
  await Promise.all(
    due.map((payment) => {
      const { traceparent } = payment
      return resumeTrace({ name: 'check silent payment', traceparent }, () => checkPayment(deps, payment))
    }),
  )
}

async function checkPayment(deps: Deps, payment: DueRow): Promise<void> {
  const answer = await ask(deps, payment)
  await deps.database.transaction(async (transaction) => {
    const current = await lockPayment(deps, payment.id, transaction)
    if (contradicts(current, answer)) return openContradiction(deps, current, transaction)
    if (current.status === 'pending') await applyAnswer(deps, payment, answer, transaction)
    if (current.status === 'failed') await applySecondLook(deps, payment, answer, transaction)
  })
  await tryNow(deps.database, reportPayment.key(payment.id), deps.log, () => reportPayment(deps, payment.id))
  if (answer.kind === 'answered') await forgivePrompt(deps, payment)
}

/** A receipt without money: the callback said paid, and is now asked back about. */
function contradicts({ status, transaction_id }: PaymentRow, answer: QueryOutcome): boolean {
  const isClaimed = transaction_id !== null && (status === 'pending' || status === 'failed')
  return isClaimed && answer.kind === 'answered' && failureOf(answer.resultCode) !== undefined
}

/** The sandbox's query is known to call paid things failed, so a person decides, and it is not failed. */
async function openContradiction(deps: Deps, payment: PaymentRow, transaction: Transaction): Promise<void> {
  const detail = `A callback says paid, with the receipt ${payment.transaction_id}, but Safaricom denies it when asked.`
  await openReview(deps, { kind: 'query_disagrees', paymentId: payment.id, eventId: null, detail }, transaction)
  await stopChecking(deps, payment, transaction)
}

/** No answer is no answer: the payment stays as it is and is asked about again. */
async function ask({ mpesa, log }: Deps, payment: DueRow): Promise<QueryOutcome> {
  if (!mpesa || !payment.external_reference) return { kind: 'pending' }
  try {
    return await mpesa.daraja.query(payment.external_reference)
  } catch (error) {
    log.warn('mpesa_query_failed', { paymentId: payment.id, error: String(error) })
    return { kind: 'pending' }
  }
}

async function applyAnswer(deps: Deps, payment: DueRow, answer: QueryOutcome, transaction: Transaction): Promise<void> {
  if (answer.kind === 'answered') {
    const failure = failureOf(answer.resultCode)
    if (answer.resultCode === paidCode) return completePayment(deps, payment, null, transaction)
    if (failure && !(await isInReview(deps, payment, transaction)))
      return failPayment(deps, payment, failure, transaction)
  }
  if (payment.is_given_up) return giveUp(deps, payment, transaction)
  if (payment.is_silent) await markUnknown(deps, payment, transaction)
}

/** A failure stands unless Safaricom now says that the money came; while it does not answer, it is asked again. */
async function applySecondLook(deps: Deps, payment: DueRow, answer: QueryOutcome, transaction: Transaction) {
  if (answer.kind === 'answered' && answer.resultCode === paidCode) {
    return completePayment(deps, payment, null, transaction)
  }
  if (answer.kind === 'answered' || payment.is_given_up) await stopChecking(deps, payment, transaction)
}

async function stopChecking({ database }: Deps, { id }: PaymentRow, transaction: Transaction): Promise<void> {
  await queryRows(database, 'UPDATE payments SET next_check_at = NULL WHERE id = $1', [id], transaction)
}

/** A callback that claimed something else than this query is a contradiction: a person decides, and it is not failed. */
async function isInReview({ database }: Deps, { id }: PaymentRow, transaction: Transaction): Promise<boolean> {
  const sql = 'SELECT 1 FROM payment_reviews WHERE payment_id = $1 AND resolved_at IS NULL'
  return (await queryRow(database, sql, [id], transaction)) !== undefined
}

async function markUnknown({ database }: Deps, { id }: PaymentRow, transaction: Transaction): Promise<void> {
  const silent = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET failure_code = $2, failure_message = $3, updated_at = now()
     WHERE id = $1 AND failure_code IS NULL RETURNING provider`,
    [id, unknownFailure.code, unknownFailure.message],
    transaction,
  )
  countEnded(silent, 'unknown', unknownFailure.code, transaction)
}

/** After two days a person decides; the payment stays pending, because nobody knows that it failed. */
async function giveUp(deps: Deps, payment: PaymentRow, transaction: Transaction): Promise<void> {
  await markUnknown(deps, payment, transaction)
  await stopChecking(deps, payment, transaction)
  if (await isInReview(deps, payment, transaction)) return
  const detail = 'Safaricom never said what became of this request.'
  await openReview(deps, { kind: 'silent', paymentId: payment.id, eventId: null, detail }, transaction)
}
