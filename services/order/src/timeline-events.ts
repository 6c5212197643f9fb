import { type AnswerOf, type orderContract as contract, type productContract, uuid } from '@duka/contracts'
import type { OrderRow } from './order'
import type { HistoryRow } from './read-history'

type Event = contract.TimelineEvent
type Movement = AnswerOf<typeof productContract.listOrderMovements>['movements'][number]

export interface DecisionRow {
  payment_id: string
  outcome: 'applied' | 'refund_due'
  reason: string | null
  created_at: Date
}

export function aboutWriting({ created_at, user_id, order_number, total_amount, currency }: OrderRow): Event {
  return {
    at: created_at.toISOString(),
    source: 'order',
    kind: 'written',
    text: `Order ${order_number} over ${currency} ${total_amount} was written, and its stock asked for.`,
    detail: {},
    actor: { id: user_id, role: 'customer' },
    requestId: null,
  }
}

export function aboutMove(row: HistoryRow): Event {
  // The first version kept no roles, and only customers were users to it.
  const isUser = uuid.safeParse(row.actor).success
  return {
    at: row.created_at.toISOString(),
    source: 'order',
    kind: 'moved',
    text: row.reason,
    detail: { from: row.from_status, to: row.to_status, note: row.note, trackingNumber: row.tracking_number },
    actor: isUser ? { id: row.actor, role: row.actor_role ?? 'customer' } : { id: null, role: row.actor },
    requestId: row.request_id,
  }
}

export function aboutDecision({ payment_id, outcome, reason, created_at }: DecisionRow): Event {
  return {
    at: created_at.toISOString(),
    source: 'order',
    kind: outcome === 'applied' ? 'money_taken' : 'money_refused',
    text: outcome === 'applied' ? 'The order took the money.' : `The money is due back: ${reason}`,
    detail: { paymentId: payment_id },
    actor: { id: null, role: 'payment' },
    requestId: null,
  }
}

const stockText: Record<string, string> = { reserve: 'was held', commit: 'was sold', release: 'was given back' }

/** One event for all lines of what product did at once. */
export function aboutStock(movements: readonly Movement[]): Event[] {
  const steps = new Map<string, Movement[]>()
  for (const movement of movements) {
    const step = `${movement.kind} ${movement.attempt} ${movement.createdAt}`
    steps.set(step, [...(steps.get(step) ?? []), movement])
  }
  return [...steps.values()].map(aboutStockStep)
}

function aboutStockStep(lines: readonly Movement[]): Event {
  const { kind, attempt, actor, reason, createdAt } = lines[0]!
  const items = lines.map(({ productId, availableDelta, heldDelta, soldDelta }) => ({
    productId,
    quantity: Math.max(...[availableDelta, heldDelta, soldDelta].map(Math.abs)),
  }))
  return {
    at: createdAt,
    source: 'product',
    kind: `stock_${kind}`,
    text: `The stock ${stockText[kind] ?? 'was changed'} (attempt ${attempt}).`,
    detail: { attempt, items, reason },
    actor: { id: null, role: actor },
    requestId: null,
  }
}
