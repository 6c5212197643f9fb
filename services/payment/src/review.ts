import type { paymentContract } from '@duka/contracts'
import { queryRows, type Source } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { type PaymentRow, toAdminPayment } from './payment'
import { isCountedBy, readMoney } from './read-money'
import type { RefundRow } from './refund'
import { isToldByStripe } from './stripe/refund-by-stripe'
import { type EventRow, toEvent } from './webhook-event'

export interface ReviewRow {
  id: string
  kind: string
  payment_id: string | null
  event_id: string | null
  refund_id: string | null
  detail: string
  created_at: Date
  resolved_at: Date | null
  decision: paymentContract.ReviewDecision | null
  note: string | null
  actor_id: string | null
  actor_role: string | null
}

/** What a review is about. */
export interface Subjects {
  payment: PaymentRow | null
  event: EventRow | null
  refund: RefundRow | null
}

/** Kinds about a payment's own money: any other refund would give back money that the review is not about. */
const refundable = new Set(['refund_due', 'refund_failed', 'refund_silent'])

/** Kinds after which a person may find that exactly what was asked for has come. */
const acceptable: Record<PaymentRow['provider'], readonly string[]> = {
  mpesa: ['wrong_amount', 'wrong_ids', 'no_receipt', 'unreadable_callback', 'query_disagrees', 'silent'],
  stripe: ['unknown_to_provider'],
  cash_on_delivery: ['cash_missing', 'refusal_conflict'],
}

/** What can be done about an open review, as its payment, its event and its refund are now. */
export function decisionsFor({ kind }: Pick<ReviewRow, 'kind'>, { payment, event, refund }: Subjects) {
  const decisions: paymentContract.ReviewDecision[] = []
  const money = event && kind !== 'wrong_mode' && readMoney(event)
  if (money && !(payment && isCountedBy(money, payment))) decisions.push('match')
  if (payment && refundable.has(kind) && hasMoney(payment)) decisions.push('refund')
  if (kind === 'refund_silent' || (payment && isAcceptable(kind, payment))) decisions.push('accept')
  if (payment && hasMoney(payment) && isGoneBack(kind, payment, refund)) decisions.push('accept')
  return [...decisions, 'write_off' as const]
}

/** Whether accepting means that money went back past the shop: in a provider's own pages, or by hand. */
function isGoneBack(kind: string, { provider }: PaymentRow, refund: RefundRow | null): boolean {
  if (kind === 'refunded_elsewhere') return true
  if (kind !== 'refund_failed' || refund?.status !== 'failed') return false
  return provider === 'mpesa' || !isToldByStripe(refund)
}

const hasMoney = ({ status }: PaymentRow) => status === 'completed' || status === 'partially_refunded'

const isAcceptable = (kind: string, { status, provider }: PaymentRow) =>
  (status === 'pending' || status === 'failed') && acceptable[provider].includes(kind)

/** The only way a review's row becomes JSON. */
export function toReview(row: ReviewRow, subjects: Subjects): paymentContract.Review {
  return {
    id: row.id,
    kind: row.kind,
    reason: row.detail,
    payment: subjects.payment && toAdminPayment(subjects.payment),
    event: subjects.event && toEvent(subjects.event),
    refundId: row.refund_id,
    decisions: row.resolved_at ? [] : decisionsFor(row, subjects),
    createdAt: row.created_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
    decision: row.decision,
    note: row.note,
    decidedBy: row.actor_role === null ? null : { id: row.actor_id, role: row.actor_role },
  }
}

/** Reads what reviews are about, all at once. */
export async function withSubjects(source: Source, rows: readonly ReviewRow[]) {
  const byId = async <T extends { id: string }>(table: string, ids: (string | null)[]) => {
    const found = await queryRows<T>(source, `SELECT * FROM ${table} WHERE id = ANY($1::uuid[])`, [
      ids.filter((id) => id !== null),
    ])
    return new Map(found.map((row) => [row.id, row]))
  }
  const [payments, events, refunds] = await Promise.all([
    byId<PaymentRow>(
      'payments',
      rows.map(({ payment_id }) => payment_id),
    ),
    byId<EventRow>(
      'webhook_events',
      rows.map(({ event_id }) => event_id),
    ),
    byId<RefundRow>(
      'refunds',
      rows.map(({ refund_id }) => refund_id),
    ),
  ])
  return rows.map((row) =>
    toReview(row, {
      payment: payments.get(row.payment_id ?? '') ?? null,
      event: events.get(row.event_id ?? '') ?? null,
      refund: refunds.get(row.refund_id ?? '') ?? null,
    }),
  )
}

/** Money that had to go back has gone: nobody needs to look at it any more. */
export async function resolveRefundReviews(
  { database }: Pick<Deps, 'database'>,
  paymentId: string,
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `UPDATE payment_reviews r SET resolved_at = now(), decision = 'refund', note = 'The money went back.',
       actor_role = 'system'
     FROM payments p WHERE p.id = $1 AND p.status = 'refunded' AND r.payment_id = p.id AND r.resolved_at IS NULL
       AND r.kind IN ('refund_due', 'refund_failed', 'refund_silent')`,
    [paymentId],
    transaction,
  )
}
