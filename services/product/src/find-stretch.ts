import {
  type Asked,
  guessStatement,
  hitsStatement,
  indexStatement,
  nearestStatement,
  orderStatement,
  type Place,
  placeStatement,
  type Stretch,
} from './page-statement'
import type { Run } from './run'

export interface Bounds {
  /** So few rows are read one by one in a few milliseconds. */
  few: number
  /** How far along its order a search looks, when what it finds is neither few nor near. */
  reaches: readonly number[]
}

/** So many rows are read where that many are enough, since each length is a statement of its own. */
const lengths = [11, 21, 51, 101]

const usualBounds: Bounds = { few: 2_000, reaches: [16_000, 128_000] }

/**
 * The rows of a stretch. How it looks for them depends on how many there are: few are read and sorted, of many the first
 * are met soon on the way along the order, and between the two, stretches of the order are put beside the index of
 * terms. Whatever it begins with, it ends when it has them all, so a wrong guess costs time, and no row.
 */
export async function findStretch<T extends object>(run: Run, stretch: Stretch, bounds = usualBounds): Promise<T[]> {
  if (hasIndex(stretch)) return findNext<T>(run, stretch)
  const isRare = (await guessHits(run, stretch)) <= bounds.few
  if (isRare) {
    const rows = await findFew<T>(run, stretch, bounds)
    if (rows) return rows
  }
  if (!stretch.search) return run<T>(...orderStatement(stretch))
  return (
    (await findNear<T>(run, stretch, bounds)) ??
    (isRare ? undefined : await findFew<T>(run, stretch, bounds)) ??
    (await findFurther<T>(run, stretch, bounds)) ??
    run<T>(...hitsStatement(stretch, null))
  )
}

async function findNext<T extends object>(run: Run, stretch: Stretch): Promise<T[]> {
  const length = lengths.find((length) => length >= stretch.limit)
  // Rows that are only passed are not worth looking up.
  if (!length || stretch.offset > 0) return run<T>(...orderStatement(stretch))
  return (await run<T>(...indexStatement(stretch, length))).slice(0, stretch.limit)
}

/** Whether all that is asked for follows each other in an index. */
function hasIndex({ query, search, sort }: Stretch): boolean {
  const isPriced = query.minPrice !== undefined || query.maxPrice !== undefined
  return !search && query.inStock === undefined && (!isPriced || sort.key === 'price')
}

export async function guessHits(run: Run, stretch: Asked): Promise<number> {
  const [row] = await run<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(...guessStatement(stretch))
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

async function findFew<T extends object>(run: Run, stretch: Stretch, { few }: Bounds): Promise<T[] | undefined> {
  if (stretch.offset >= few) return undefined
  const rows = await run<T & { found: number }>(...hitsStatement(stretch, few))
  return (rows[0]?.found ?? 0) <= few ? rows : undefined
}

async function findNear<T extends object>(run: Run, stretch: Stretch, { few }: Bounds): Promise<T[] | undefined> {
  const wanted = stretch.offset + stretch.limit
  // Of a word in every tenth product, as many are met on half the way.
  const near = 20 * wanted
  const far = Math.max(few, Math.min(near, 8 * few))
  const rows = near < far / 2 ? whole(await run<T>(...nearestStatement(stretch, near)), stretch) : undefined
  return rows ?? whole(await run<T>(...nearestStatement(stretch, far)), stretch)
}

async function findFurther<T extends object>(
  run: Run,
  stretch: Stretch,
  { reaches }: Bounds,
): Promise<T[] | undefined> {
  for (const reach of reaches) {
    const [end] = await run<{ cursor_key: string; id: string }>(...placeStatement(stretch, reach))
    if (!end) return undefined
    const until: Place = [end.cursor_key, end.id]
    const rows = whole(await run<T>(...hitsStatement(stretch, null, until)), stretch)
    if (rows) return rows
  }
  return undefined
}

function whole<T>(rows: T[], { limit }: Stretch): T[] | undefined {
  return rows.length === limit ? rows : undefined
}
