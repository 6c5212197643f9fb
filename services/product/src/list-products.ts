import type { AnswerOf, productContract as contract } from '@duka/contracts'
import { type Answered, type Call, cutPage, searchRows } from '@duka/kit'
import { answerRead, digest } from './answer-reads'
import { countProducts } from './count-products'
import type { Deps } from './deps'
import { type MadeAnswer, tags } from './keep-answers'
import { pageStatement } from './page-statement'
import { type ProductRow, toProduct } from './product'
import { checkPrices, type Query } from './product-filter'
import { type Search, searchAsWritten, searchCorrected } from './search'

type Row = ProductRow & { cursor_key: string }

/** Products on sale: a page by number, or by the cursor that the page before gave. */
export async function listProducts(deps: Deps, call: Call<typeof contract.listProducts>): Promise<Answered> {
  checkPrices(call.query)
  return answerRead(deps, call, `list ${JSON.stringify(call.query)}`, () => makeList(deps, call.query))
}

async function makeList(deps: Deps, query: Query): Promise<MadeAnswer> {
  const { sort, rows, count } = await findProducts(deps, query)
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [sort, row.cursor_key, row.id])
  const body = toBody({
    products: page.map((row) => toProduct(row, deps.store)),
    currentPage: query.page,
    totalPages: Math.ceil(count.total / query.limit),
    totalProducts: count.total,
    nextCursor,
  })
  const shelf = query.inStock === undefined ? [] : [tags.shelf]
  const madeOf = [tags.lists, ...shelf, ...page.map(({ id }) => id)]
  return { body, etag: `"${digest(body)}"`, isKept: true, tags: madeOf, madeAt: count.madeAt }
}

function toBody(page: AnswerOf<typeof contract.listProducts>): Buffer {
  return Buffer.from(JSON.stringify(page))
}

/** A search that finds nothing is tried once more, with its words corrected. */
async function findProducts(deps: Deps, query: Query) {
  if (!query.search) return readPage(deps, query, null)
  const found = await readPage(deps, query, searchAsWritten(query.search))
  return found.count.total > 0 ? found : readPage(deps, query, await searchCorrected(deps, query.search))
}

async function readPage(deps: Deps, query: Query, search: Search | null) {
  const sort = chooseSort(query)
  const [rows, count] = await Promise.all([
    searchRows<Row>(deps.database, ...pageStatement(query, sort, search)),
    countProducts(deps, query, search),
  ])
  return { sort, rows, count }
}

function chooseSort({ search, sort = 'newest' }: Query): contract.ProductSort {
  return sort === 'relevance' && !search ? 'newest' : sort
}
