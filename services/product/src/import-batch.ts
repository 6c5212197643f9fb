import { productContract as contract } from '@duka/contracts'
import { ConnectionError, DatabaseError, type Transaction, ValidationError } from 'sequelize'
import type { Deps } from './deps'
import type { Column, ProductLine } from './product-file'
import { type StockChange, settleStock } from './settle-stock'
import { insertLines, lockKnown, updateLines } from './store-lines'

export interface Outcome {
  created: number
  updated: number
  unchanged: number
  rejected: { line: number; reason: string }[]
  stockChanges: StockChange[]
  /** Lines with another stock than there is, which was left alone. */
  stockLeft: number
}

export interface ImportContext {
  deps: Deps
  actor: string
  columns: Column[]
  dryRun: boolean
  /** Changes no stock, whatever the file says. */
  leaveStock: boolean
}

const maxTries = 3

/**
 * Takes lines of different skus in one transaction, the stock ledger included. Where that fails, each is taken by itself,
 * so that only those that cannot be stored are rejected. A product that somebody else adds meanwhile is updated.
 */
export async function importBatch(context: ImportContext, lines: ProductLine[], tries = maxTries): Promise<Outcome> {
  if (lines.length === 0) return nothing
  if (tries === 0) return rejectAll(lines, 'Others change this product all the time: import it again.')
  const stored = await tryToStore(context, lines)
  if (stored) return addUp([stored.outcome, await importBatch(context, stored.overtaken, tries - 1)])
  if (lines.length === 1) return rejectAll(lines, 'The database refused it.')
  return addUp(await inTurn(lines, (line) => importBatch(context, [line])))
}

export const nothing: Outcome = {
  created: 0,
  updated: 0,
  unchanged: 0,
  rejected: [],
  stockChanges: [],
  stockLeft: 0,
}

function rejectAll(lines: ProductLine[], reason: string): Outcome {
  return { ...nothing, rejected: lines.map(({ line }) => ({ line, reason })) }
}

async function tryToStore(context: ImportContext, lines: ProductLine[]): Promise<Stored | undefined> {
  try {
    return await store(context, lines)
  } catch (error) {
    if (!isRefusal(error)) throw error
    context.deps.log.warn('import_batch_refused', { lines: lines.length, detail: (error as Error).message })
    return undefined
  }
}

function isRefusal(error: unknown): boolean {
  return (error instanceof DatabaseError || error instanceof ValidationError) && !(error instanceof ConnectionError)
}

async function inTurn<T, R>(things: T[], work: (thing: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const thing of things) results.push(await work(thing))
  return results
}

function addUp(outcomes: Outcome[]): Outcome {
  const sum = (key: 'created' | 'updated' | 'unchanged' | 'stockLeft') =>
    outcomes.reduce((total, each) => total + each[key], 0)
  return {
    created: sum('created'),
    updated: sum('updated'),
    unchanged: sum('unchanged'),
    rejected: outcomes.flatMap(({ rejected }) => rejected),
    stockChanges: outcomes.flatMap(({ stockChanges }) => stockChanges),
    stockLeft: sum('stockLeft'),
  }
}

interface Stored {
  outcome: Outcome
  /** What was to be created, and was there before it came to that. */
  overtaken: ProductLine[]
}

async function store(context: ImportContext, lines: ProductLine[]): Promise<Stored> {
  const transaction = await context.deps.database.transaction()
  try {
    const known = await lockKnown(context, lines, transaction)
    const isKnown = ({ sku }: ProductLine) => known.has(contract.skuKey(sku))
    const [old, fresh] = [lines.filter(isKnown), lines.filter((line) => !isKnown(line))]
    const complete = fresh.filter(isComplete)
    const settled = settleStock(context, old, known)
    const changed = await updateLines(context, settled.lines, transaction)
    const created = await insertLines(context, complete, transaction)
    await (context.dryRun ? transaction.rollback() : commit(context, transaction))
    const { rejected } = rejectAll(
      fresh.filter((line) => !isComplete(line)),
      'A new product needs a name and a price.',
    )
    return {
      outcome: {
        created: created.size,
        updated: changed,
        unchanged: old.length - changed,
        rejected,
        stockChanges: settled.changes,
        stockLeft: settled.left,
      },
      overtaken: complete.filter(({ sku }) => !created.has(sku)),
    }
  } catch (error) {
    await transaction.rollback().catch(() => {})
    throw error
  }
}

/** Also where it failed, answers are made anew: the connection may have broken after the database was done. */
async function commit({ deps }: ImportContext, transaction: Transaction): Promise<void> {
  try {
    await transaction.commit()
  } finally {
    deps.answers.forget('all')
  }
}

function isComplete({ name, price }: ProductLine): boolean {
  return name !== undefined && price !== undefined
}
