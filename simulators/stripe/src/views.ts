import { cardId, cards } from './cards'
import { formatAmount, unitsPerWhole } from './currencies'
import type { LedgerEntry, LedgerTotals } from './ledger'
import type { Dispute, PaymentIntent, Refund, StripeEvent } from './objects'
import { find, type Simulator } from './simulator'

/** `unitsPerWhole`: how many of an entry's units are one whole of its currency. */
export type ShownEntry = LedgerEntry & { unitsPerWhole: number }
export type LedgerPage = { totals: LedgerTotals; dropped: LedgerTotals; entries: ShownEntry[]; next: string | null }
export type Payment = ReturnType<typeof toPayment>

/** Intents with the refunds and the dispute of each, the newest first, without the secrets that pay them. */
export function listPayments(sim: Simulator, limit: number): Payment[] {
  const { payment_intent, refund, dispute } = sim.state.tables
  const refunds = groupByIntent(refund.values())
  const disputes = groupByIntent(dispute.values())
  return [...payment_intent.values()]
    .slice(-limit)
    .reverse()
    .map((intent) => toPayment(sim, intent, refunds.get(intent.id) ?? [], disputes.get(intent.id) ?? []))
}

// Map.groupBy would need Node 21.
function groupByIntent<One extends Refund | Dispute>(all: Iterable<One>): Map<string, One[]> {
  const groups = new Map<string, One[]>()
  for (const one of all) groups.set(one.payment_intent, [...(groups.get(one.payment_intent) ?? []), one])
  return groups
}

export function readPayment(sim: Simulator, intent: PaymentIntent): Payment {
  const { refund, dispute } = sim.state.tables
  const ofIntent = (one: Refund | Dispute) => one.payment_intent === intent.id
  return toPayment(sim, intent, [...refund.values()].filter(ofIntent), [...dispute.values()].filter(ofIntent))
}

function toPayment(sim: Simulator, intent: PaymentIntent, refunds: Refund[], disputes: Dispute[]) {
  const { client_secret, next_action, ...shown } = intent
  const refunded = find(sim, 'charge', intent.latest_charge ?? '')?.amount_refunded ?? 0
  return {
    ...shown,
    text: formatAmount(intent.amount, intent.currency),
    refundedText: refunded > 0 ? formatAmount(refunded, intent.currency) : null,
    refundable: intent.amount_received - refunded,
    // Where the bank's page sends the customer back to; it holds the secret, as Stripe's own does.
    returnUrl: toReturnUrl(intent),
    refunds: refunds.map((refund) => ({ ...refund, text: formatAmount(refund.amount, refund.currency) })),
    disputes: disputes.map((dispute) => ({ ...dispute, text: formatAmount(dispute.amount, dispute.currency) })),
  }
}

function toReturnUrl({ id, client_secret, next_action }: PaymentIntent): string | null {
  if (next_action?.type !== 'redirect_to_url' || !URL.canParse(next_action.redirect_to_url.return_url)) return null
  const url = new URL(next_action.redirect_to_url.return_url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  url.searchParams.set('payment_intent', id)
  url.searchParams.set('payment_intent_client_secret', client_secret)
  return url.href
}

export const listCards = () =>
  cards.map((card) => ({ id: cardId(card), ids: card.ids, number: card.number, does: toWords(card) }))

function toWords({ decline, authentication, refunds, disputed, processing }: (typeof cards)[number]): string {
  const words = [
    authentication && 'asks for 3-D Secure',
    decline && `is declined (${decline.declineCode ?? decline.code})`,
    refunds && (refunds === 'pending' ? 'is refunded later' : 'sends refunds back'),
    disputed && 'disputes what it paid',
    processing && `takes its time, then ${processing === 'fails' ? 'fails' : 'pays'}`,
  ]
  return words.filter(Boolean).join(', then ') || 'pays'
}

export function readLedger({ state: { ledger } }: Simulator, after: string | undefined, limit: number): LedgerPage {
  const all = [...ledger.entries.values()]
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
  const entries = all
    .slice(start, start + limit)
    .map((entry) => ({ ...entry, unitsPerWhole: unitsPerWhole(entry.currency) }))
  const next = start + limit < all.length ? (entries.at(-1)?.id ?? null) : null
  const { totals, dropped } = structuredClone({ totals: ledger.totals, dropped: ledger.dropped })
  return { totals, dropped, entries, next }
}

/** The newest first; `untold` is still being tried. */
export function listEvents(sim: Simulator, limit: number): { id: string; type: string; about: string; told: string }[] {
  const told = (event: StripeEvent) =>
    sim.state.untold.has(event.id) ? 'untold' : event.pending_webhooks === 0 ? 'taken' : 'given up'
  return [...sim.state.tables.event.values()]
    .slice(-limit)
    .reverse()
    .map((event) => ({ id: event.id, type: event.type, about: event.data.object.id, told: told(event) }))
}
