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
import type { Run } from './run'
import { type Search, searchAsWritten, searchCorrected } from './search'

export type Row = ProductRow & { cursor_key: string }

export interface Page {
  sort: contract.ProductSort
  /** One more than the page shows, where there are more. */
  rows: Row[]
  count: Count
}

/** A page of what is asked for. A search that finds nothing is tried once more, with its words corrected. */
export async function findPage(run: Run, counts: Counts, query: Query): Promise<Page> {
  if (!query.search) return readPage(run, counts, query, null)
  const found = await readPage(run, counts, query, await searchAsWritten(run, query.search))
  return found.count.total > 0 ? found : readPage(run, counts, query, await searchCorrected(run, query.search))
}

async function readPage(run: Run, counts: Counts, query: Query, search: Search | null): Promise<Page> {
  const sort = chooseSort(query)
  const offset = query.cursor ? 0 : (query.page - 1) * query.limit
  const counting = countProducts(run, counts, query, search)
  // Nobody is made to walk to a page that there is not.
  const isBeyond = offset > 0 && (await counting).total <= offset
  const [rows, count] = await Promise.all([isBeyond ? [] : readRows(run, query, sort, search, offset), counting])
  return { sort, rows, count }
}

function readRows(run: Run, query: Query, sortName: contract.ProductSort, search: Search | null, offset: number) {
  const sort = sorts[sortName]
  const page = { after: readCursor(query, sortName), offset, limit: query.limit + 1 }
  if (search && sortName === 'relevance') return rankHits<Row>(run, query, search, { ...page, columns: productColumns })
  const columns = `${productColumns}, ${cursorKeyOf(sort)} AS cursor_key`
  return findStretch<Row>(run, { query, search, words: 'search', sort, columns, ...page })
}

function readCursor({ cursor }: Query, sortName: contract.ProductSort): Place | null {
  if (!cursor) return null
  const [, key, id] = decodeCursor(cursor, z.tuple([z.literal(sortName), sorts[sortName].text, z.uuid()]))
  return [key, id]
}

function chooseSort({ search, sort = 'newest' }: Query): contract.ProductSort {
  return sort === 'relevance' && !search ? 'newest' : sort
}
