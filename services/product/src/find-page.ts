import type { productContract as contract } from '@duka/contracts'
import { decodeCursor } from '@duka/kit'
import { z } from 'zod'
import { countProducts } from './count-products'
import { findStretch } from './find-stretch'
import type { Count, Counts } from './keep-counts'
import type { Place } from './page-statement'
import { type ProductRow, productColumns } from './product'
import type { Query } from './product-filter'
import { cursorKeyOf, sorts } from './product-sorts'
import { rankHits } from './rank-hits'
import { type Run, runOnce } from './run'
import { type Search, searchAsWritten, searchCorrected } from './search'

export type Row = ProductRow & {
  cursor_key: string
  /** How many there are, where all of them were at hand. */
  found?: number
}

export interface Page {
  sort: contract.ProductSort
  /** One more than the page shows, where there are more. */
  rows: Row[]
  count: Pick<Count, 'total'> & Partial<Count>
}

/** A page of what is asked for. A search that finds nothing is tried once more, with its words corrected. */
export async function findPage(run: Run, counts: Counts, query: Query): Promise<Page> {
  if (!query.search) return readPage(run, counts, query, null)
  const once = runOnce(run)
  const found = await readPage(once, counts, query, await searchAsWritten(once, query.search))
  return found.count.total > 0 ? found : readPage(once, counts, query, await searchCorrected(once, query.search))
}

async function readPage(run: Run, counts: Counts, query: Query, search: Search | null): Promise<Page> {
  const sort = chooseSort(query)
  const offset = query.cursor ? 0 : (query.page - 1) * query.limit
  const bounds = { after: readCursor(query, sort), offset, limit: query.limit + 1 }
  if (search && sort === 'relevance') return { sort, ...(await rankHits<Row>(run, query, search, bounds)) }
  const count = () => countProducts(run, counts, query, search)
  // Nobody is made to walk to a page that there is not.
  if (offset > 0 && (await count()).total <= offset) return { sort, rows: [], count: await count() }
  const columns = `${productColumns}, ${cursorKeyOf(sorts[sort])} AS cursor_key`
  const rows = await findStretch<Row>(run, { query, search, words: 'search', sort: sorts[sort], columns, ...bounds })
  return { sort, rows, count: countSeen(rows, query) ?? (await count()) }
}

/** How many there are, where the rows of a page tell: the first is not full, or all were at hand to be sorted. */
function countSeen(rows: Row[], { cursor, page, limit }: Query): Page['count'] | undefined {
  if (cursor) return undefined
  if (page === 1 && rows.length <= limit) return { total: rows.length }
  const found = rows[0]?.found
  return found === undefined ? undefined : { total: found }
}

function readCursor({ cursor }: Query, sortName: contract.ProductSort): Place | null {
  if (!cursor) return null
  const [, key, id] = decodeCursor(cursor, z.tuple([z.literal(sortName), sorts[sortName].text, z.uuid()]))
  return [key, id]
}

function chooseSort({ search, sort = 'newest' }: Query): contract.ProductSort {
  return sort === 'relevance' && !search ? 'newest' : sort
}
