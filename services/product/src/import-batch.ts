import { productContract as contract, toDecimal, toMinor } from '@duka/contracts'
import { newId, queryRows } from '@duka/kit'
import { ConnectionError, DatabaseError, type Transaction, ValidationError } from 'sequelize'
import type { Deps } from './deps'
import type { Column, ProductLine } from './product-file'

export interface Outcome {
  created: number
  updated: number
  unchanged: number
  rejected: { line: number; reason: string }[]
}

export interface ImportContext {
  deps: Deps
  actor: string
  columns: Column[]
  dryRun: boolean
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

const nothing: Outcome = { created: 0, updated: 0, unchanged: 0, rejected: [] }

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
  const sum = (key: 'created' | 'updated' | 'unchanged') => outcomes.reduce((total, each) => total + each[key], 0)
  return {
    created: sum('created'),
    updated: sum('updated'),
    unchanged: sum('unchanged'),
    rejected: outcomes.flatMap(({ rejected }) => rejected),
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
    const changed = await update(context, old, transaction)
    const created = await insert(context, complete, transaction)
    await (context.dryRun ? transaction.rollback() : commit(context, transaction))
    const { rejected } = rejectAll(
      fresh.filter((line) => !isComplete(line)),
      'A new product needs a name and a price.',
    )
    return {
      outcome: { created: created.size, updated: changed, unchanged: old.length - changed, rejected },
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

async function lockKnown(
  { deps }: ImportContext,
  lines: ProductLine[],
  transaction: Transaction,
): Promise<Set<string>> {
  const sql = 'SELECT sku FROM products WHERE sku_key(sku) = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE'
  const keys = lines.map(({ sku }) => contract.skuKey(sku))
  const rows = await queryRows<{ sku: string }>(deps.database, sql, [keys], transaction)
  return new Set(rows.map(({ sku }) => contract.skuKey(sku)))
}

const given = `jsonb_to_recordset($1::jsonb) AS l (id uuid, sku text, name text, description text, price numeric,
  stock integer, category text, image_url text, images text[], is_active boolean)`

async function insert({ deps, actor }: ImportContext, lines: ProductLine[], transaction: Transaction) {
  if (lines.length === 0) return new Set<string>()
  const sql = `
    WITH added AS (
      INSERT INTO products (id, name, description, price, stock, category, image_url, images, sku, is_active)
      SELECT id, name, coalesce(description, ''), price, coalesce(stock, 0), category, image_url, coalesce(images, '{}'),
        sku, coalesce(is_active, true)
      FROM ${given} ORDER BY sku
      ON CONFLICT DO NOTHING RETURNING id, sku, stock
    ), opening AS (
      INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
      SELECT id, 'opening', stock, 'import', $2 FROM added WHERE stock > 0
    )
    SELECT sku FROM added`
  const rows = await queryRows<{ sku: string }>(deps.database, sql, [toJson(lines), actor], transaction)
  return new Set(rows.map(({ sku }) => sku))
}

/** The rows are locked already, so what this statement sees of them is what it changes. Gives how many it changed. */
async function update({ deps, actor, columns }: ImportContext, lines: ProductLine[], transaction: Transaction) {
  if (lines.length === 0) return 0
  const clearable = (column: Column, name: string) => (columns.includes(column) ? `l.${name}` : `p.${name}`)
  const edits = {
    name: 'coalesce(l.name, p.name)',
    description: clearable('description', 'description'),
    price: 'coalesce(l.price, p.price)',
    category: clearable('category', 'category'),
    image_url: clearable('imageUrl', 'image_url'),
    images: clearable('images', 'images'),
    is_active: 'coalesce(l.is_active, p.is_active)',
  }
  const [names, values] = [Object.keys(edits), Object.values(edits)]
  const isEdited = `(p.${names.join(', p.')}) IS DISTINCT FROM (${values.join(', ')})`
  const sql = `
    WITH moved AS (
      INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
      SELECT p.id, 'import', l.stock - p.stock, 'import', $2 FROM ${given} JOIN products p ON sku_key(p.sku) = sku_key(l.sku) WHERE l.stock <> p.stock
    )
    UPDATE products p SET (${names.join(', ')}) = ROW (${values.join(', ')}), stock = coalesce(l.stock, p.stock),
      version = p.version + (${isEdited})::int, updated_at = now()
    FROM ${given} WHERE sku_key(p.sku) = sku_key(l.sku) AND (${isEdited} OR l.stock <> p.stock)
    RETURNING p.id`
  return (await queryRows(deps.database, sql, [toJson(lines), actor], transaction)).length
}

function toJson(lines: ProductLine[]): string {
  return JSON.stringify(
    lines.map(({ imageUrl, isActive, price, ...line }) => ({
      ...line,
      id: newId(),
      price: price === undefined ? null : toDecimal(toMinor(price)),
      image_url: imageUrl,
      is_active: isActive,
    })),
  )
}
