import type { LedgerEntry } from './transaction'

export type LedgerSums = { payments: number; reversals: number; payouts: number; entries: number }
export type Ledger = {
  entries: Map<string, LedgerEntry>
  reversed: Set<string>
  totals: LedgerSums
  /** What the oldest entries, no longer listed, add to the totals. */
  dropped: LedgerSums
}

const noSums = (): LedgerSums => ({ payments: 0, reversals: 0, payouts: 0, entries: 0 })

export const createLedger = (): Ledger => ({
  entries: new Map(),
  reversed: new Set(),
  totals: noSums(),
  dropped: noSums(),
})

/** Books one movement. Past the limit the oldest is no longer listed, but stays in the totals. */
export function book(ledger: Ledger, entry: LedgerEntry, limit: number): void {
  ledger.entries.set(entry.receipt, entry)
  if (entry.originalReceipt) ledger.reversed.add(entry.originalReceipt)
  addTo(ledger.totals, entry)
  if (ledger.entries.size <= limit) return
  const [oldest] = ledger.entries.values()
  if (oldest) drop(ledger, oldest)
}

/** Restores what had been dropped before a restart. */
export function restoreDropped(ledger: Ledger, dropped: LedgerSums): void {
  ledger.dropped = { ...dropped }
  ledger.totals = { ...dropped }
}

/** What the merchant holds: payments less what was given back. */
export const merchantBalance = ({ totals }: Ledger) => totals.payments - totals.reversals - totals.payouts

function drop(ledger: Ledger, entry: LedgerEntry) {
  ledger.entries.delete(entry.receipt)
  ledger.reversed.delete(entry.receipt)
  addTo(ledger.dropped, entry)
}

function addTo(sums: LedgerSums, entry: LedgerEntry) {
  sums.entries += 1
  sums[`${entry.kind}s`] += entry.amount
}
