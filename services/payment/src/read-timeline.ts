import type { paymentContract as contract } from '@duka/contracts'
import { describeTrouble, findTroubles, queryRows } from '@duka/kit'
import { applyCallback } from './apply-callback'
import { applyStripeEvent } from './apply-stripe-event'
import { confirmCashOrder } from './confirm-cash-order'
import type { Deps } from './deps'
import type { DisputeRow } from './dispute'
import { readCallback } from './mpesa/read-callback'
import { readResult } from './mpesa/read-result'
import type { PaymentRow } from './payment'
import type { RefundRow } from './refund'
import { reportRefusal } from './refuse-cash'
import { reportPayment } from './report-payment'
import { reportRefund } from './report-refund'
import type { ReviewRow } from './review'
import { readEventBody } from './stripe/read-object'
import type { EventRow } from './webhook-event'

type Entry = contract.TimelineEvent

interface CallRow {
  refund_id: string
  kind: string
  conversation_id: string | null
  outcome: string | null
  created_at: Date
}

interface CashRow {
  payment_id: string
  kind: 'collected' | 'refused'
  collector: string | null
  reason: string | null
  actor_id: string | null
  actor_role: string
  request_id: string | null
  created_at: Date
}

type DecidedRow = ReviewRow & { request_id: string | null }
type AskedRow = PaymentRow & { checked_at: Date | null }

/** All that happened to the money of an order, put together from what is kept anyway. */
export async function readOrderTimeline(deps: Deps, orderId: string) {
  const payments = await queryRows<AskedRow>(
    deps.database,
    'SELECT * FROM payments WHERE order_id = $1 ORDER BY created_at LIMIT 100',
    [orderId],
  )
  const ids = payments.map(({ id }) => id)
  const of = <T extends object>(table: string) =>
    queryRows<T>(deps.database, `SELECT * FROM ${table} WHERE payment_id = ANY($1::uuid[]) LIMIT 500`, [ids])
  const [events, refunds, reviews, cash, disputes, calls] = await Promise.all([
    of<EventRow>('webhook_events'),
    of<RefundRow>('refunds'),
    of<DecidedRow>('payment_reviews'),
    of<CashRow>('cash_outcomes'),
    of<DisputeRow>('disputes'),
    of<CallRow>('(SELECT c.*, r.payment_id FROM mpesa_calls c JOIN refunds r ON r.id = c.refund_id) c'),
  ])
  const troubles = await findTroubles(deps.database, [...ids.flatMap(keysOfPayment), ...events.flatMap(keysOfEvent)])
  const entries = [
    ...payments.flatMap(aboutPayment),
    ...events.map(aboutEvent),
    ...refunds.flatMap(aboutRefund),
    ...calls.map(aboutCall),
    ...reviews.flatMap(aboutReview),
    ...cash.map(aboutCash),
    ...disputes.flatMap(aboutDispute),
    ...troubles.flatMap(describeTrouble),
  ]
  return { events: entries.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))) }
}

/** The jobs that a payment may have had. */
const keysOfPayment = (id: string) =>
  [reportPayment, reportRefund, reportRefusal, confirmCashOrder].map(({ key }) => key(id))
const keysOfEvent = ({ id }: EventRow) => [applyCallback.key(id), applyStripeEvent.key(id)]

const by = (row: { actor_id: string | null; actor_role: string | null; request_id: string | null }) => ({
  actor: row.actor_role === null ? null : { id: row.actor_id, role: row.actor_role },
  requestId: row.request_id,
})
const byNobody = { actor: null, requestId: null }

function entry(
  at: Date | null,
  kind: string,
  text: string,
  detail: Entry['detail'],
  who = byNobody as ReturnType<typeof by>,
) {
  return at ? [{ at: at.toISOString(), kind, text, detail, ...who }] : []
}

const mask = (phone: string) => `${phone.slice(0, 4)}****${phone.slice(-3)}`

const startedText: Record<PaymentRow['provider'], (payment: PaymentRow) => string> = {
  mpesa: ({ phone_number }) => `M-Pesa was asked for the money, on ${phone_number ? mask(phone_number) : 'a phone'}.`,
  stripe: () => 'A payment by card was started.',
  cash_on_delivery: () => 'Cash on delivery was chosen.',
}

function aboutPayment(payment: AskedRow): Entry[] {
  const { id: paymentId, provider, amount, currency, transaction_id: receipt, checks } = payment
  const customer = { actor: { id: payment.user_id, role: 'customer' }, requestId: null }
  const { failure_code: code, failure_message: message } = payment
  const asked = { paymentId, checks }
  return [
    ...entry(
      payment.created_at,
      'payment_started',
      startedText[provider](payment),
      { paymentId, provider, amount, currency, externalReference: payment.external_reference },
      customer,
    ),
    ...entry(payment.confirmed_at, 'order_confirmed', 'The order took note that it is paid in cash.', { paymentId }),
    ...entry(
      checks > 0 ? payment.checked_at : null,
      'payment_queried',
      `The provider was asked, ${times(checks)} so far.`,
      asked,
    ),
    ...entry(payment.completed_at, 'payment_completed', `The money came: ${currency} ${amount}.`, {
      paymentId,
      receipt,
    }),
    ...entry(payment.reported_at, 'order_told', 'The order took note of the money.', { paymentId }),
    ...entry(
      payment.status === 'failed' ? payment.updated_at : null,
      'payment_failed',
      message ?? 'The payment failed.',
      { paymentId, code },
    ),
  ]
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`)

function aboutEvent(event: EventRow): Entry {
  const about = { eventId: event.id, paymentId: event.payment_id, outcome: event.outcome }
  if (event.provider === 'stripe') {
    const type = readEventBody(event.body)?.type ?? 'something'
    return entry(event.received_at, 'callback', `Stripe said ${type}.`, { ...about, type })[0]!
  }
  const resultCode = (readCallback(event.body) ?? readResult(event.body))?.resultCode ?? null
  const said = resultCode === null ? '' : ` with result ${resultCode}`
  return entry(event.received_at, 'callback', `Safaricom called back${said}.`, { ...about, resultCode })[0]!
}

function aboutDispute(dispute: DisputeRow): Entry[] {
  const { id: disputeId, payment_id: paymentId, amount, currency, reason, status } = dispute
  const detail = { disputeId, paymentId, reason, status }
  const began = `The customer's bank disputes ${currency} ${amount} (${reason}).`
  return [
    ...entry(dispute.created_at, 'dispute_opened', began, detail),
    ...entry(dispute.closed_at, 'dispute_closed', `The dispute ended: ${status}.`, detail),
  ]
}

function aboutRefund(refund: RefundRow): Entry[] {
  const { id: refundId, payment_id: paymentId, amount, transaction_id: receipt, failure_message } = refund
  const detail = { refundId, paymentId, amount }
  return [
    ...entry(refund.created_at, 'refund_requested', `${amount} is to go back: ${refund.reason}`, detail, by(refund)),
    ...entry(refund.succeeded_at, 'refund_succeeded', `${amount} went back.`, { ...detail, receipt }),
    ...entry(
      refund.status === 'failed' ? refund.settled_at : null,
      refund.succeeded_at ? 'refund_returned' : 'refund_failed',
      `The refund ${refund.succeeded_at ? 'came back' : 'failed'}: ${failure_message}`,
      { ...detail, receipt },
    ),
  ]
}

const callText: Record<string, string> = {
  reversal: 'Safaricom was asked to reverse the payment.',
  payout: 'Safaricom was asked to pay out.',
  status: 'Safaricom was asked what became of the payout.',
}

function aboutCall(call: CallRow): Entry {
  const { refund_id: refundId, kind, outcome, conversation_id: conversationId } = call
  const text = callText[kind] ?? kind
  return entry(call.created_at, `refund_${kind}_sent`, text, { refundId, outcome, conversationId })[0]!
}

function aboutReview(review: DecidedRow): Entry[] {
  const detail = { reviewId: review.id, paymentId: review.payment_id, kind: review.kind }
  const decided = `Decided: ${review.decision}. ${review.note ?? ''}`.trim()
  return [
    ...entry(review.created_at, 'review_opened', `A person has to look at this: ${review.detail}`, detail),
    ...entry(review.resolved_at, 'review_decided', decided, { ...detail, decision: review.decision }, by(review)),
  ]
}

function aboutCash(cash: CashRow): Entry {
  const { payment_id: paymentId, collector, reason } = cash
  const text = cash.kind === 'collected' ? `${collector} collected the cash.` : `Refused at the door: ${reason}`
  return entry(cash.created_at, `cash_${cash.kind}`, text, { paymentId, collector, reason }, by(cash))[0]!
}
