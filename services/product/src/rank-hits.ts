import { createBinds } from './binds'
import { findStretch } from './find-stretch'
import type { Place, Stretch } from './page-statement'
import { productColumns } from './product'
import { buildFilter, type Query, type Words, wanted } from './product-filter'
import { cursorKeyOf, sorts } from './product-sorts'
import type { Run } from './run'
import type { Search } from './search'

type Ranked = Pick<Stretch, 'after' | 'offset' | 'limit'>

/** The best hits are chosen of this many: ranking every row that has a common word would take seconds. */
const maxRanked = 500

/**
 * The best hits among the newest that have the words in their names, and the newest that have them anywhere. A name
 * weighs more than a description, and a short name more than a long one; the product with that sku comes first.
 * `total` counts no more than are ranked.
 */
export async function rankHits<T extends object>(run: Run, query: Query, search: Search, page: Ranked) {
  const newest = (words: Words) => findNewest(run, query, search, words)
  const [named, found] = await Promise.all([newest('name_search'), newest('search')])
  const ids = [...new Set([...named, ...found].map(({ id }) => id))]
  const rows = await run<T>(...rankStatement(query, search, ids, page))
  return { rows, count: { total: found.length } }
}

function findNewest(run: Run, query: Query, search: Search, words: Words): Promise<{ id: string }[]> {
  const bounds = { after: null, offset: 0, limit: maxRanked, columns: null }
  return findStretch(run, { query, search, words, sort: sorts.newest, ...bounds })
}

function rankStatement(
  query: Query,
  search: Search,
  ids: string[],
  { after, offset, limit }: Ranked,
): [sql: string, bind: unknown[]] {
  const binds = createBinds()
  const asked = wanted(search, binds)
  const ranked = `
    SELECT products.*, (ts_rank(search, ${asked}) + ts_rank(name_search, ${asked}, 1)
      + CASE WHEN lower(sku) = lower(${binds.add(search.text)}) THEN 1 ELSE 0 END)::float8 AS rank
    FROM products WHERE ${buildFilter(query, binds)} AND id = ANY (${binds.add(ids)}::uuid[])
    ORDER BY rank DESC, id DESC LIMIT ${maxRanked}`
  const beyond = after ? `(rank, id) < ${placeOf(after, binds.add)}` : 'true'
  const sql = `SELECT ${productColumns}, ${cursorKeyOf(sorts.relevance)} AS cursor_key FROM (${ranked}) AS ranked WHERE ${beyond}
    ORDER BY rank DESC, id DESC LIMIT ${binds.add(limit)} OFFSET ${binds.add(offset)}`
  return [sql, binds.values]
}

function placeOf([rank, id]: Place, add: (value: unknown) => string): string {
  return `(${add(rank)}::float8, ${add(id)}::uuid)`
}
