import type { Database } from './books'
import { inBatches } from './in-batches'

/** A try to pay as an audit sees it; money in minor units. */
export interface AuditedPayment {
  id: string
  orderId: string
  orderNumber: string
  provider: string
  amount: number
  refunded: number
  currency: string
  status: string
  failureCode: string | null
  transactionId: string | null
  externalReference: string | null
  phoneNumber: string | null
  isCompleted: boolean
  /** When the provider is asked about it again. */
  nextCheckAt: Date | null
  /** What is still to be done about it, read at the same moment. */
  jobs: string[]
  openReviews: string[]
  /** What persons decided about it. */
  decisions: string[]
  /** A person found the order for money that came without one. */
  isMatched: boolean
  waitingCallbacks: number
  refunds: AuditedRefund[]
  /** Of the amount, what refunds have set aside and not given back yet. */
  refunding: number
}

export interface AuditedRefund {
  id: string
  status: 'requested' | 'sent' | 'succeeded' | 'failed'
  amount: number
}

const batch = 500

const select = (database: Database, where: string) => `
  WITH waiting AS (
    SELECT payload->>'paymentId' AS payment_id, array_agg(DISTINCT task) AS tasks FROM ${database.waitingJobs} AS jobs GROUP BY 1)
  SELECT p.id, order_id AS "orderId", order_number AS "orderNumber", provider, (amount * 100)::float8 AS amount,
    (refunded_amount * 100)::float8 AS refunded, currency, status, failure_code AS "failureCode",
    transaction_id AS "transactionId",
    external_reference AS "externalReference", phone_number AS "phoneNumber", completed_at IS NOT NULL AS "isCompleted",
    next_check_at AS "nextCheckAt", COALESCE(w.tasks, '{}') AS jobs,
    ARRAY(SELECT kind FROM payment_reviews r WHERE r.payment_id = p.id AND resolved_at IS NULL) AS "openReviews",
    ARRAY(SELECT decision FROM payment_reviews r WHERE r.payment_id = p.id AND decision IS NOT NULL) AS decisions,
    metadata ? 'matchedEvent' AS "isMatched", (refunding_amount * 100)::float8 AS refunding,
    COALESCE((SELECT json_agg(json_build_object('id', r.id, 'status', r.status, 'amount', (r.amount * 100)::bigint))
      FROM refunds r WHERE r.payment_id = p.id), '[]') AS refunds,
    (SELECT count(*)::int FROM webhook_events e WHERE e.secret_hash = p.callback_hash AND e.outcome IS NULL)
      AS "waitingCallbacks"
  FROM payments p LEFT JOIN waiting w ON w.payment_id = p.id::text WHERE ${where} ORDER BY p.id`

/** Every try to pay, in batches. */
export function readAllPayments(database: Database): AsyncGenerator<AuditedPayment[]> {
  const sql = select(database, `p.id IN (SELECT id FROM payments WHERE id > $1 ORDER BY id LIMIT ${batch})`)
  return inBatches((after) => database.rows<AuditedPayment>(sql, [after]))
}

export function readPayments(database: Database, ids: string[]): Promise<AuditedPayment[]> {
  return database.rows<AuditedPayment>(select(database, 'p.id = ANY ($1)'), [ids])
}

export function readPaymentsOfOrders(database: Database, orderIds: string[]): Promise<AuditedPayment[]> {
  return database.rows<AuditedPayment>(select(database, 'p.order_id = ANY ($1)'), [orderIds])
}

/** What will end an exception about a payment: a job, a callback that waits, a person's review, a question to the provider. */
export function coverOf(payment: AuditedPayment): string | undefined {
  const { jobs, waitingCallbacks, openReviews, nextCheckAt, provider, externalReference } = payment
  if (jobs.length > 0) return `job ${jobs.join(', ')}`
  if (waitingCallbacks > 0) return 'a callback that waits to be applied'
  if (payment.refunds.some(isOnItsWay)) return 'a refund on its way'
  if (openReviews.length > 0) return `review ${openReviews.join(', ')}`
  // Safaricom is asked about a CheckoutRequestID, which comes with the answer to the request.
  if (nextCheckAt && provider === 'mpesa' && !externalReference) return 'a late callback, or a person after two days'
  if (nextCheckAt) return 'the provider is asked again'
  return coverOfDecision(payment)
}

/**
 * A person knows better than the books: who and why is kept with the review. What was to be given back is in the books
 * itself, as a refund.
 */
export function coverOfDecision({ decisions, isMatched }: AuditedPayment): string | undefined {
  if (isMatched) return 'decided by a person: match'
  const known = decisions.filter((decision) => decision !== 'refund')
  return known.length > 0 ? `decided by a person: ${known.join(', ')}` : undefined
}

export function isCash({ provider }: AuditedPayment): boolean {
  return provider === 'cash_on_delivery'
}

export function isOnItsWay({ status }: AuditedRefund): boolean {
  return status === 'requested' || status === 'sent'
}

export function namePayment({ id, orderNumber }: AuditedPayment): string {
  return `payment ${id} of order ${orderNumber}`
}
