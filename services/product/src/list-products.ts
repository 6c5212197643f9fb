import type { productContract as contract } from '@duka/contracts'
import { cutPage, queryRows } from '@duka/kit'
import { countProducts } from './count-products'
import type { Deps } from './deps'
import { pageStatement } from './page-statement'
import { type ProductRow, toProduct } from './product'
import { checkPrices, type Query } from './product-filter'
import { type Search, searchAsWritten, searchCorrected } from './search'

type Row = ProductRow & { cursor_key: string }

/** Products on sale: a page by number, or by the cursor that the page before gave. */
export async function listProducts(deps: Deps, query: Query) {
  checkPrices(query)
  const { sort, rows, total } = await findProducts(deps, query)
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [sort, row.cursor_key, row.id])
  return {
    products: page.map((row) => toProduct(row, deps.store)),
    currentPage: query.page,
    totalPages: Math.ceil(total / query.limit),
    totalProducts: total,
    nextCursor,
  }
}

/** A search that finds nothing is tried once more, with its words corrected. */
async function findProducts(deps: Deps, query: Query) {
  if (!query.search) return readPage(deps, query, null)
  const found = await readPage(deps, query, searchAsWritten(query.search))
  return found.total > 0 ? found : readPage(deps, query, await searchCorrected(deps, query.search))
}

async function readPage(deps: Deps, query: Query, search: Search | null) {
  const sort = chooseSort(query)
  const [rows, total] = await Promise.all([
    queryRows<Row>(deps.database, ...pageStatement(query, sort, search)),
    countProducts(deps, query, search),
  ])
  return { sort, rows, total }
}

function chooseSort({ search, sort = 'newest' }: Query): contract.ProductSort {
  return sort === 'relevance' && !search ? 'newest' : sort
}
