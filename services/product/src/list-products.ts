import type { AnswerOf, productContract as contract } from '@duka/contracts'
import { type Answered, type Call, cutPage } from '@duka/kit'
import { answerRead, digest } from './answer-reads'
import type { Deps } from './deps'
import { findPage } from './find-page'
import { type MadeAnswer, tags } from './keep-answers'
import { toProduct } from './product'
import { checkPrices, type Query } from './product-filter'
import { runOn } from './run'

/** Products on sale: a page by number, or by the cursor that the page before gave. */
export async function listProducts(deps: Deps, call: Call<typeof contract.listProducts>): Promise<Answered> {
  checkPrices(call.query)
  return answerRead(deps, call, `list ${JSON.stringify(call.query)}`, () => makeList(deps, call.query))
}

async function makeList(deps: Deps, query: Query): Promise<MadeAnswer> {
  const { sort, rows, count } = await findPage(runOn(deps.reads), deps.counts, query)
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
