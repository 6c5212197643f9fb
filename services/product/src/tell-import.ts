import { type AnswerOf, productContract as contract } from '@duka/contracts'
import type { Outcome } from './import-batch'

type Told = Omit<AnswerOf<typeof contract.importProducts>, 'message' | 'dryRun'>

/** Adds up what becomes of a file's lines, and keeps as many of them as are told. */
export function startTelling() {
  const told: Told = {
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: [],
    totalRejected: 0,
    stockChanges: [],
    totalStockChanges: 0,
    totalStockLeft: 0,
  }
  return {
    add({ created, updated, unchanged, rejected, stockChanges, stockLeft }: Outcome): void {
      told.created += created
      told.updated += updated
      told.unchanged += unchanged
      told.totalRejected += rejected.length
      told.rejected.push(...rejected.slice(0, contract.maxToldRejections - told.rejected.length))
      told.totalStockChanges += stockChanges.length
      told.stockChanges.push(...stockChanges.slice(0, contract.maxToldStockChanges - told.stockChanges.length))
      told.totalStockLeft += stockLeft
    },
    total(): Told {
      told.rejected.sort((a, b) => a.line - b.line)
      return told
    },
  }
}
