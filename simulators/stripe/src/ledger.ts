import type { Metadata } from './objects'

/**
 * One movement of money, in minor units. A refund that fails later is undone by `refund_failed`, a dispute's withdrawal by
 * `reinstatement`. `id` is the object's that moved it, with `:failed` or `:won` for what undoes.
 */
export type LedgerEntry = {
  kind: MoneyKind
  id: string
  at: number
  amount: number
  currency: string
  paymentIntent: string
  charge: string
  metadata: Metadata
}

export type MoneyKind = 'charge' | 'refund' | 'refund_failed' | 'dispute' | 'reinstatement'
export type LedgerSums = Record<MoneyKind, number> & { entries: number; net: number }
/** Sums per currency: minor units of different currencies do not add up. */
export type LedgerTotals = Record<string, LedgerSums>

export type Ledger = {
  entries: Map<string, LedgerEntry>
  totals: LedgerTotals
  /** What the oldest entries, no longer listed, add to the totals. */
  dropped: LedgerTotals
}

const signs: Readonly<Record<MoneyKind, 1 | -1>> = {
  charge: 1,
  refund: -1,
  refund_failed: 1,
  dispute: -1,
  reinstatement: 1,
}

export const createLedger = (): Ledger => ({ entries: new Map(), totals: {}, dropped: {} })

/** Books one movement. Past the limit the oldest is no longer listed, but stays in the totals. */
export function book(ledger: Ledger, entry: LedgerEntry, limit: number): void {
  ledger.entries.set(entry.id, entry)
  addTo(ledger.totals, entry)
  if (ledger.entries.size <= limit) return
  const [oldest] = ledger.entries.values()
  if (!oldest) return
  ledger.entries.delete(oldest.id)
  addTo(ledger.dropped, oldest)
}

/** Restores what had been dropped before a restart. */
export function restoreDropped(ledger: Ledger, dropped: LedgerTotals): void {
  ledger.dropped = structuredClone(dropped)
  ledger.totals = structuredClone(dropped)
}

function addTo(totals: LedgerTotals, { kind, amount, currency }: LedgerEntry) {
  const none = { charge: 0, refund: 0, refund_failed: 0, dispute: 0, reinstatement: 0, entries: 0, net: 0 }
  const sums = totals[currency] ?? none
  sums[kind] += amount
  sums.net += signs[kind] * amount
  sums.entries += 1
  totals[currency] = sums
}
