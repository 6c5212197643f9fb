import type { productContract as contract } from '@duka/contracts'
import { decodeCursor } from '@duka/kit'
import { z } from 'zod'
import { type Binds, createBinds } from './binds'
import { maxRanked } from './count-products'
import { productColumns } from './product'
import { buildFilter, buildMatch, type Query } from './product-filter'
import { cursorKeyOf, sorts } from './product-sorts'
import type { Search } from './search'

/** The statement of one page, with a row more than it shows. */
export function pageStatement(
  query: Query,
  sortName: contract.ProductSort,
  search: Search | null,
): [sql: string, bind: unknown[]] {
  const binds = createBinds()
  const sort = sorts[sortName]
  const source = search && sortName === 'relevance' ? rankedHits(query, search, binds) : listed(query, search, binds)
  const order = `ORDER BY ${sort.key} ${sort.direction}, id ${sort.direction} LIMIT ${binds.add(query.limit + 1)}`
  const select = `SELECT ${productColumns}, ${cursorKeyOf(sort)} AS cursor_key ${source}`
  if (!query.cursor) return [`${select} ${order} OFFSET ${binds.add((query.page - 1) * query.limit)}`, binds.values]
  const [, key, id] = decodeCursor(query.cursor, z.tuple([z.literal(sortName), sort.text, z.uuid()]))
  const beyond = sort.direction === 'ASC' ? '>' : '<'
  const after = `(${sort.key}, id) ${beyond} (${binds.add(key)}::${sort.type}, ${binds.add(id)}::uuid)`
  return [`${select} AND ${after} ${order}`, binds.values]
}

function listed(query: Query, search: Search | null, binds: Binds): string {
  const match = search ? ` AND ${buildMatch(search, binds)}` : ''
  return `FROM products WHERE ${buildFilter(query, binds)}${match}`
}

/**
 * The best hits among the newest that have the words in their names, and the newest that have them anywhere. A name
 * weighs more than a description, and a short name more than a long one; the product with that sku comes first.
 */
function rankedHits(query: Query, search: Search, binds: Binds): string {
  const wanted = `${search.parser}('english', ${binds.add(search.words)})`
  const candidates = (column: 'search' | 'name_search') => `
    (SELECT id AS hit FROM products WHERE ${buildFilter(query, binds)} AND ${buildMatch(search, binds, column)}
     ORDER BY created_at DESC, id DESC LIMIT ${maxRanked})`
  return `FROM (
    SELECT products.*, (ts_rank(search, ${wanted}) + ts_rank(name_search, ${wanted}, 1)
      + CASE WHEN lower(sku) = lower(${binds.add(search.text)}) THEN 1 ELSE 0 END)::float8 AS rank
    FROM (${candidates('name_search')} UNION ${candidates('search')}) AS hits JOIN products ON id = hit
    ORDER BY rank DESC, id DESC LIMIT ${maxRanked}) AS ranked WHERE true`
}
