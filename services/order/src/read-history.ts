import type { AnswerOf, orderContract as contract, paymentContract } from '@duka/contracts'
import { queryRows, type User } from '@duka/kit'
import { askPaymentEvents } from './ask-others'
import type { Deps } from './deps'
import { requireOwnOrder } from './find-order'

type TimelineEntry = AnswerOf<typeof contract.readOrderHistory>['timeline'][number]

export interface HistoryRow {
  id: string
  from_status: string | null
  to_status: string
  /** A user's id, or the name of a service. */
  actor: string
  actor_role: string | null
  reason: string
  note: string | null
  tracking_number: string | null
  request_id: string | null
  created_at: Date
}

/** Every move of an order, oldest first. */
export function findHistory({ database }: Pick<Deps, 'database'>, orderId: string): Promise<HistoryRow[]> {
  return queryRows<HistoryRow>(
    database,
    `SELECT id, from_status, to_status, actor, actor_role, reason, note, tracking_number, request_id, created_at
     FROM order_history WHERE order_id = $1 ORDER BY id`,
    [orderId],
  )
}

/** What happened to a customer's order, and to their money. */
export async function readOrderHistory(deps: Deps, user: User, id: string) {
  await requireOwnOrder(deps, user.id, id)
  const [rows, money] = await Promise.all([findHistory(deps, id), askPaymentEvents(deps, id)])
  const history = rows.map((row) => aboutMove(row, user))
  const moves = history.map(({ by, reason: text, note, trackingNumber, at }) => ({
    at,
    by,
    text,
    note,
    trackingNumber,
  }))
  const tries = (money?.events ?? []).flatMap(aboutTry)
  const timeline = [...moves, ...tries].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return { history, timeline, isComplete: money !== undefined }
}

/** The customer is not told who in the shop it was. */
function aboutMove(row: HistoryRow, { id }: User): contract.HistoryEntry {
  return {
    from: row.from_status,
    to: row.to_status,
    reason: row.reason,
    by: row.actor === id ? 'customer' : 'shop',
    note: row.note,
    trackingNumber: row.tracking_number,
    at: row.created_at.toISOString(),
  }
}

type Words = Pick<TimelineEntry, 'text' | 'by'>

/** What a customer hears of a payment beside the order's own moves; the rest is for the shop. */
const told: Record<string, (event: paymentContract.TimelineEvent) => Words> = {
  payment_started: ({ detail }) => ({
    text: startedBy[String(detail.provider)] ?? 'A payment was started.',
    by: 'customer',
  }),
  payment_failed: ({ text }) => ({ text, by: 'shop' }),
  refund_requested: () => ({ text: 'Money is on its way back.', by: 'shop' }),
}

const startedBy: Record<string, string> = {
  mpesa: 'A prompt to pay by M-Pesa was sent to the phone.',
  stripe: 'A payment by card was started.',
  cash_on_delivery: 'Cash on delivery was chosen.',
}

function aboutTry(event: paymentContract.TimelineEvent): TimelineEntry[] {
  const words = told[event.kind]?.(event)
  return words ? [{ at: event.at, ...words, note: null, trackingNumber: null }] : []
}
