import { type paymentContract as contract, type InputOf, readPhoneNumber, uuid } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import { type DisputeRow, toDispute } from './dispute'
import { findPayment } from './find-payment'
import { type PaymentRow, toAdminPayment } from './payment'
import { type Condition, readPage } from './read-page'
import { type RefundRow, toRefund } from './refund'
import { type ReviewRow, withSubjects } from './review'
import { type EventRow, toEvent } from './webhook-event'

type Query = InputOf<typeof contract.listAllPayments>['query']

/** Everybody's payments, newest first. */
export async function listAllPayments(deps: Deps, query: Query) {
  const list = { table: 'payments', time: 'created_at', direction: 'DESC', conditions: conditionsOf(query) } as const
  const { rows, total, place } = await readPage<PaymentRow>(deps, list, query)
  return { payments: rows.map(toAdminPayment), totalPayments: total, ...place }
}

function conditionsOf({ status, provider, search, from, to }: Query): Condition[] {
  const conditions: Condition[] = []
  if (status) conditions.push(['status = ?', status])
  if (provider) conditions.push(['provider = ?', provider])
  if (from) conditions.push(['created_at >= ?::timestamptz', from])
  if (to) conditions.push(['created_at < ?::timestamptz', to])
  if (search) conditions.push(searchFor(search))
  return conditions
}

/** An id is a payment's, an order's or a user's; other text is a number that people read out, or a provider's name for it. */
function searchFor(search: string): Condition {
  const id = uuid.safeParse(search)
  if (id.success) return ['(id = ?::uuid OR order_id = ?::uuid OR user_id = ?::uuid)', id.data, id.data, id.data]
  const phone = readPhoneNumber(search)
  if (phone) return ['phone_number = ?', phone]
  const spellings = [search, search.toUpperCase()]
  return [
    `(order_number = ? OR (provider IN ('mpesa', 'stripe') AND transaction_id = ANY(?::text[]))
      OR (provider IN ('mpesa', 'stripe') AND external_reference = ?))`,
    search.toUpperCase(),
    spellings,
    search,
  ]
}

const mostShown = 100

/** One payment, with all that happened to it. */
export async function readAnyPayment(deps: Deps, id: string) {
  const payment = await findPayment(deps, id)
  const of = <T extends object>(table: string, time: string) =>
    queryRows<T>(
      deps.database,
      `SELECT * FROM ${table} WHERE payment_id = $1 ORDER BY ${time}, id LIMIT ${mostShown}`,
      [id],
    )
  const [refunds, disputes, reviews, events] = await Promise.all([
    of<RefundRow>('refunds', 'created_at'),
    of<DisputeRow>('disputes', 'created_at'),
    of<ReviewRow>('payment_reviews', 'created_at'),
    of<EventRow>('webhook_events', 'received_at'),
  ])
  return {
    payment: toAdminPayment(payment),
    refunds: refunds.map(toRefund),
    disputes: disputes.map(toDispute),
    reviews: await withSubjects(deps.database, reviews),
    events: events.map(toEvent),
  }
}
