import { productContract as contract, type InputOf } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows } from '@duka/kit'
import { z } from 'zod'
import type { Deps } from './deps'
import { type ProductRow, productColumns, toProduct } from './product'

type Query = InputOf<typeof contract.listLowStock>['query']

const cursor = z.tuple([z.number().int().min(0).max(contract.maxLowStock), z.uuid()])

/** `low_stock` is `stock` where that is low enough to be asked for here. */
const low = 'FROM products WHERE is_active AND low_stock <= $1'
const beforeAll = [-1, '00000000-0000-0000-0000-000000000000']

export const lowStockPage = `SELECT ${productColumns} ${low} AND (low_stock, id) > ($2::int, $3::uuid)
  ORDER BY low_stock, id LIMIT $4 OFFSET $5`
export const lowStockCount = `SELECT count(*)::int AS total ${low}`

/** What is on sale and nearly or wholly sold out, the least first. */
export async function listLowStock({ reads, store }: Deps, query: Query) {
  const after = query.cursor ? decodeCursor(query.cursor, cursor) : beforeAll
  const offset = query.cursor ? 0 : (query.page - 1) * query.limit
  const [rows, count] = await Promise.all([
    queryRows<ProductRow>(reads, lowStockPage, [query.threshold, ...after, query.limit + 1, offset]),
    queryRow<{ total: number }>(reads, lowStockCount, [query.threshold]),
  ])
  const { page, nextCursor } = cutPage(rows, query.limit, ({ stock, id }) => [stock, id])
  const totalProducts = count?.total ?? 0
  return {
    products: page.map((row) => toProduct(row, store)),
    currentPage: query.page,
    totalPages: Math.ceil(totalProducts / query.limit),
    totalProducts,
    nextCursor,
  }
}
