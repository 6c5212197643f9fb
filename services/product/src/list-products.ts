import { type productContract as contract, type InputOf, text, toDecimal, toMinor } from '@duka/contracts'
import { cursorTime, cutPage, decodeCursor, queryRow, queryRows, validationFailed } from '@duka/kit'
import { z } from 'zod'
import type { Deps } from './deps'
import { type ProductRow, productColumns, toProduct } from './product'

type Query = InputOf<typeof contract.listProducts>['query']

interface Sort {
  /** What rows are ordered by, before the id; it is also what a cursor carries, as text. */
  key: string
  type: string
  direction: 'ASC' | 'DESC'
  /** The texts that `type` takes: a forged cursor is told from ours before PostgreSQL stumbles over it. */
  text: z.ZodType<string>
}

const price = { key: 'price', type: 'numeric', text: z.string().regex(/^\d{1,10}\.\d{2}$/) }

const sorts: Record<contract.ProductSort, Sort> = {
  newest: { key: 'created_at', type: 'timestamptz', direction: 'DESC', text: cursorTime },
  price: { ...price, direction: 'ASC' },
  '-price': { ...price, direction: 'DESC' },
  name: { key: 'name', type: 'text', direction: 'ASC', text: text(200) },
  relevance: {
    key: "ts_rank(search, websearch_to_tsquery('english', $1))::float8",
    type: 'float8',
    direction: 'DESC',
    text: z.string().regex(/^\d(\.\d{1,20})?(e-\d\d)?$/),
  },
}

type Row = ProductRow & { cursor_key: string }

/** Products on sale: a page by number, or by the cursor that the page before gave. */
export async function listProducts({ database, currency }: Deps, query: Query) {
  const filter = buildFilter(query)
  const sort = chooseSort(query)
  const [rows, total] = await Promise.all([
    queryRows<Row>(database, ...pageStatement(query, filter, sort)),
    queryRow<{ total: number }>(database, `SELECT count(*)::int AS total FROM products ${filter.where}`, filter.bind),
  ])
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [sort, row.cursor_key, row.id])
  const totalProducts = total?.total ?? 0
  return {
    products: page.map((row) => toProduct(row, currency)),
    currentPage: query.page,
    totalPages: Math.ceil(totalProducts / query.limit),
    totalProducts,
    nextCursor,
  }
}

function chooseSort(query: Query): contract.ProductSort {
  if (query.sort === 'relevance' && !query.search) return 'newest'
  return query.sort ?? 'newest'
}

interface Filter {
  where: string
  /** $1 is always the searched text, because the relevance is computed from it too. */
  bind: unknown[]
}

function buildFilter(query: Query): Filter {
  const bind: unknown[] = [query.search || null]
  const conditions = ['is_active', '$1::text IS NOT DISTINCT FROM $1']
  const add = (condition: (place: string) => string, value: unknown) => {
    bind.push(value)
    conditions.push(condition(`$${bind.length}`))
  }
  if (query.search) {
    const like = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`
    add((p) => `(search @@ websearch_to_tsquery('english', $1) OR name ILIKE ${p} OR sku ILIKE ${p})`, like)
  }
  if (query.category) add((p) => `category = ${p}`, query.category)
  if (query.minPrice) add((p) => `price >= ${p}::numeric`, toDecimal(toMinor(query.minPrice)))
  if (query.maxPrice) add((p) => `price <= ${p}::numeric`, toDecimal(toMinor(query.maxPrice)))
  if (query.minPrice && query.maxPrice && toMinor(query.minPrice) > toMinor(query.maxPrice)) {
    throw validationFailed([{ path: 'minPrice', message: 'must not be more than maxPrice' }])
  }
  if (query.inStock !== undefined) conditions.push(query.inStock ? 'stock > 0' : 'stock = 0')
  return { where: `WHERE ${conditions.join(' AND ')}`, bind }
}

function pageStatement(query: Query, filter: Filter, sort: contract.ProductSort): [string, unknown[]] {
  const { key, type, direction, text: keyText } = sorts[sort]
  const bind = [...filter.bind, query.limit + 1]
  const limit = `LIMIT $${bind.length}`
  const order = `ORDER BY ${key} ${direction}, id ${direction} ${limit}`
  // Text keeps the microseconds, which a JavaScript date would lose.
  const cursorKey =
    type === 'timestamptz' ? `to_char(${key} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` : `(${key})::text`
  const select = `SELECT ${productColumns}, ${cursorKey} AS cursor_key FROM products ${filter.where}`
  if (!query.cursor) return [`${select} ${order} OFFSET $${bind.length + 1}`, [...bind, (query.page - 1) * query.limit]]
  const [, ...after] = decodeCursor(query.cursor, z.tuple([z.literal(sort), keyText, z.uuid()]))
  const beyond = direction === 'ASC' ? '>' : '<'
  const place = bind.length
  return [
    `${select} AND (${key}, id) ${beyond} ($${place + 1}::${type}, $${place + 2}::uuid) ${order}`,
    [...bind, ...after],
  ]
}
