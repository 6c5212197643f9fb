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
  /** A person found the order for money that came without one. */
  isMatched: boolean
  waitingCallbacks: number
  /** A person found that its cash never came, and let it go. */
  isCashLost: boolean
  /** What the customer's bank has taken back for good. */
  lostToBank: number
  refunds: AuditedRefund[]
  /** Of the amount, what refunds have set aside and not given back yet. */
  refunding: number
}

export interface AuditedRefund {
  id: string
  status: 'requested' | 'sent' | 'succeeded' | 'failed'
  amount: number
  /** A person gave it back past its provider, whose books need not show it. */
  isByHand: boolean
  /** It went out although it counted as failed, or as given back by hand; a person sees it. */
  isTwice: boolean
}

const batch = 500

/** Accepted by a person after it had failed or fallen silent, or written down without asking the provider for anything. */
const isByHand = `r.status = 'succeeded' AND (
  EXISTS (SELECT 1 FROM payment_reviews v WHERE v.refund_id = r.id AND v.decision = 'accept'
    AND v.kind IN ('refund_failed', 'refund_silent') AND v.actor_id IS NOT NULL)
  OR (r.actor_id IS NOT NULL AND r.external_reference IS NULL AND r.transaction_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM mpesa_calls c WHERE c.refund_id = r.id)))`

const select = (database: Database, where: string) => `
  WITH waiting AS (
    SELECT payload->>'paymentId' AS payment_id, array_agg(DISTINCT task) AS tasks FROM ${database.waitingJobs} AS jobs GROUP BY 1)
  SELECT p.id, order_id AS "orderId", order_number AS "orderNumber", provider, (amount * 100)::float8 AS amount,
    (refunded_amount * 100)::float8 AS refunded, currency, status, failure_code AS "failureCode",
    transaction_id AS "transactionId",
    external_reference AS "externalReference", phone_number AS "phoneNumber", completed_at IS NOT NULL AS "isCompleted",
    next_check_at AS "nextCheckAt", COALESCE(w.tasks, '{}') AS jobs,
    ARRAY(SELECT kind FROM payment_reviews r WHERE r.payment_id = p.id AND resolved_at IS NULL) AS "openReviews",
    EXISTS (SELECT 1 FROM payment_reviews r WHERE r.payment_id = p.id AND kind IN ('cash_missing', 'refusal_conflict')
      AND decision = 'write_off') AS "isCashLost",
    metadata ? 'matchedEvent' AS "isMatched", (refunding_amount * 100)::float8 AS refunding,
    COALESCE((SELECT json_agg(json_build_object('id', r.id, 'status', r.status, 'amount', (r.amount * 100)::bigint,
        'isByHand', ${isByHand}, 'isTwice', EXISTS (
          SELECT 1 FROM payment_reviews v WHERE v.refund_id = r.id AND v.kind = 'refunded_twice')))
      FROM refunds r WHERE r.payment_id = p.id), '[]') AS refunds,
    (SELECT COALESCE(sum(d.amount) * 100, 0)::float8 FROM disputes d WHERE d.payment_id = p.id AND d.status = 'lost')
      AS "lostToBank",
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

export function isCash({ provider }: AuditedPayment): boolean {
  return provider === 'cash_on_delivery'
}

export function isOnItsWay({ status }: AuditedRefund): boolean {
  return status === 'requested' || status === 'sent'
}

export function namePayment({ id, orderNumber }: AuditedPayment): string {
  return `payment ${id} of order ${orderNumber}`
}
