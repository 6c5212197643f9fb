import { searchRows } from '@duka/kit'
import { createBinds } from './binds'
import type { Deps } from './deps'
import type { Count } from './keep-counts'
import { buildFilter, buildMatch, type Query } from './product-filter'
import type { Search } from './search'

/** Nobody leafs through more hits of a search than these; beyond, `totalProducts` stops counting. */
const maxCountedHits = 10_000
/** The best hits are chosen of this many: ranking every row that has a common word would take seconds. */
export const maxRanked = 500

/** How many products there are to list. */
export async function countProducts({ database, counts }: Deps, query: Query, search: Search | null): Promise<Count> {
  const [sql, bind] = countStatement(query, search)
  return counts.count(JSON.stringify([sql, bind]), async () => {
    const [row] = await searchRows<{ total: number }>(database, sql, bind)
    return row?.total ?? 0
  })
}

export function countStatement(query: Query, search: Search | null): [sql: string, bind: unknown[]] {
  const binds = createBinds()
  const where = buildFilter(query, binds)
  const max = query.sort === 'relevance' ? maxRanked : maxCountedHits
  const sql = search
    ? countHits(`${where} AND ${buildMatch(search, binds)}`, max)
    : `SELECT count(*)::int AS total FROM products WHERE ${where}`
  return [sql, binds.values]
}

/** In an order that an index gives, so that a common word is counted without meeting every row that has it. */
function countHits(where: string, max: number): string {
  return `SELECT count(*)::int AS total FROM
    (SELECT 1 FROM products WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ${max}) AS hits`
}
