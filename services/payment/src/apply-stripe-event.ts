import { queryRow, queryRows, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { reportPayment } from './report-payment'
import { tryReportRefund } from './report-refund'
import { reviewUnmatchedIntent } from './review-unmatched'
import { openReview } from './settle-payment'
import { applyDispute, readDisputeObject } from './stripe/apply-dispute'
import { applyIntent } from './stripe/apply-intent'
import { applyRefund } from './stripe/apply-refund'
import { type EventObject, readEventBody } from './stripe/read-object'
import { readRefundObject } from './stripe/read-refund'
import { countWebhook } from './watch-payments'

type Outcome = 'applied' | 'ignored' | 'unmatched' | 'unreadable' | 'review'

interface EventRow {
  id: string
  body: string
}

/** Applies a kept event, once: the event and its payment are locked, and its outcome is written with its effect. */
export async function applyStripeEvent(deps: Deps, eventId: string): Promise<void> {
  const paymentId = await deps.database.transaction(async (transaction) => {
    const sql = 'SELECT id, body FROM webhook_events WHERE id = $1 AND outcome IS NULL FOR UPDATE'
    const event = await queryRow<EventRow>(deps.database, sql, [eventId], transaction)
    if (!event) return undefined
    const about = readEventBody(event.body)
    const payment = about && (await lockPaymentOf(deps, about, transaction))
    const outcome = await applyTo(deps, payment, about, event.id, transaction)
    await closeEvent(deps, event.id, payment?.id ?? null, outcome, transaction)
    countWebhook('stripe', outcome, transaction)
    deps.log.info('stripe_event', { eventId, type: about?.type ?? null, paymentId: payment?.id ?? null, outcome })
    return outcome === 'applied' ? payment?.id : undefined
  })
  if (!paymentId) return
  await tryNow(deps.database, reportPayment.key(paymentId), deps.log, () => reportPayment(deps, paymentId))
  await tryReportRefund(deps, paymentId)
}

applyStripeEvent.key = (eventId: string) => `apply-stripe-event:${eventId}`

applyStripeEvent.job = (eventId: string) => ({
  task: 'apply-stripe-event',
  payload: { eventId },
  key: applyStripeEvent.key(eventId),
})

/** By the intent's id; before that is known, by our own id that the intent carries. */
async function lockPaymentOf(deps: Deps, { intentId, paymentId }: EventObject, transaction: Transaction) {
  const sql = `SELECT * FROM payments WHERE provider = 'stripe' AND (external_reference = $1 OR id = $2)
    ORDER BY external_reference = $1 DESC NULLS LAST LIMIT 1 FOR UPDATE`
  return queryRow<PaymentRow>(deps.database, sql, [intentId, paymentId], transaction)
}

async function applyTo(
  deps: Deps,
  payment: PaymentRow | undefined,
  about: EventObject | undefined,
  eventId: string,
  transaction: Transaction,
): Promise<Outcome> {
  if (!about) return 'unreadable'
  if (payment) return applyToPayment(deps, payment, about, eventId, transaction)
  if (about.intent?.status !== 'succeeded') return 'unmatched'
  const { id: intentId, isLive } = about.intent
  const isMarked = about.paymentId !== null
  if (isLive === deps.stripe?.isLive) {
    const isShown = await reviewUnmatchedIntent(deps, { intentId, isMarked }, eventId, transaction)
    return isShown ? 'review' : 'unmatched'
  }
  if (!isMarked) return 'unmatched'
  const detail = `${intentId} is paid, and Stripe's test mode and real money are mixed up: look at the account's keys.`
  await openReview(deps, { kind: 'wrong_mode', paymentId: null, eventId, detail }, transaction)
  return 'review'
}

async function applyToPayment(
  deps: Deps,
  payment: PaymentRow,
  { intent, object }: EventObject,
  eventId: string,
  transaction: Transaction,
): Promise<Outcome> {
  if (intent) return applyIntent(deps, payment, intent, eventId, transaction)
  const refund = readRefundObject(object)
  if (refund) return applyRefund(deps, payment, refund, eventId, transaction)
  const dispute = readDisputeObject(object)
  return dispute ? applyDispute(deps, payment, dispute, transaction) : 'ignored'
}

async function closeEvent(
  { database }: Deps,
  id: string,
  paymentId: string | null,
  outcome: Outcome,
  transaction: Transaction,
) {
  const sql =
    'UPDATE webhook_events SET outcome = $2, payment_id = COALESCE($3, payment_id), applied_at = now() WHERE id = $1'
  await queryRows(database, sql, [id, outcome, paymentId], transaction)
}
