import type { productContract as contract } from '@duka/contracts'
import { type Bounds, findStretch } from '../src/find-stretch'
import type { Place } from '../src/page-statement'
import type { Query } from '../src/product-filter'
import { cursorKeyOf, sorts } from '../src/product-sorts'
import { type Run, runOn } from '../src/run'
import { searchAsWritten } from '../src/search'
import { type Catalogue, startCatalogue } from './support'

let shop: Catalogue

/** Cheap products are old and have no lantern, so that hits are far from where some orders begin; prices repeat. */
beforeAll(async () => {
  shop = await startCatalogue()
  await shop.rows(`
    INSERT INTO products (id, name, description, price, stock, category, images, sku, is_active, created_at)
    SELECT new_id(), CASE WHEN n > 250 THEN 'Lantern ' ELSE 'Lamp ' END || n % 30,
      'light' || CASE WHEN n % 3 = 0 THEN ' for the garden' ELSE '' END, n / 4, CASE WHEN n % 7 = 0 THEN 0 ELSE n END,
      (ARRAY['It''s a \\ box', 'Home', NULL])[1 + n % 3], '{}', 'L-' || n, n % 20 <> 0,
      '2026-01-01'::timestamptz + make_interval(mins => n / 3)
    FROM generate_series(1, 400) AS n`)
  await shop.rows('ANALYZE products')
})
afterAll(() => shop.stop())

interface Row {
  id: string
  cursor_key: string
}

/** Small enough that each way to look for rows is taken. */
const bounds: Bounds = { few: 8, reaches: [30, 120] }

/** What PostgreSQL guesses is only a hint: whatever it is, the rows are the same. */
const guessing = (rows: number): Run => {
  const run = runOn(shop.database)
  return async <T extends object>(sql: string, bind: unknown[]) =>
    sql.startsWith('EXPLAIN')
      ? ([{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': rows } }] }] as unknown as T[])
      : run<T>(sql, bind)
}

/** The same without any thought for indexes. */
async function naive({ category, minPrice, maxPrice, inStock, search }: Query, order: string): Promise<string[]> {
  const rows = await shop.rows<{ id: string }>(
    `SELECT id FROM products WHERE is_active AND ($1::text IS NULL OR category = $1)
       AND price >= coalesce($2::numeric, 0) AND price <= coalesce($3::numeric, 1e9)
       AND ($4::boolean IS NULL OR (stock > 0) = $4)
       AND ($5::text IS NULL OR to_tsvector('english', name || ' ' || description) @@ websearch_to_tsquery('english', $5)
         OR lower(sku) = lower($5))
     ORDER BY ${order}`,
    [category ?? null, minPrice ?? null, maxPrice ?? null, inStock ?? null, search ?? null],
  )
  return rows.map(({ id }) => id)
}

async function walk(run: Run, query: Query, sortName: contract.ProductSort, limit: number): Promise<string[]> {
  const sort = sorts[sortName]
  const search = query.search ? await searchAsWritten(run, query.search) : null
  const columns = `id, ${cursorKeyOf(sort)} AS cursor_key`
  const found: string[] = []
  for (let after: Place | null = null; ; ) {
    const stretch = { query, search, words: 'search' as const, sort, after, offset: 0, limit: limit + 1, columns }
    const rows: Row[] = await findStretch<Row>(run, stretch, bounds)
    const page = rows.slice(0, limit)
    found.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (rows.length <= limit || !last) return found
    after = [last.cursor_key, last.id]
  }
}

const categories = [undefined, 'Home', "It's a \\ box", 'No such']
const prices = [{}, { minPrice: '20', maxPrice: '30' }, { maxPrice: '3' }]
const stocks = [undefined, true, false]
const searches = [
  undefined,
  'lantern',
  'light',
  'garden lantern',
  'lamp -garden',
  '"for the garden"',
  'L-399',
  'nowhere',
  'the',
]
const orders = {
  newest: 'created_at DESC, id DESC',
  price: 'price, id',
  '-price': 'price DESC, id DESC',
  name: 'name, id',
} as const

describe.each(Object.keys(orders) as (keyof typeof orders)[])('whatever is asked for by %s', (sort) => {
  it.each(searches)('is found whole, in order and once, page after page: %s', async (search) => {
    for (const category of categories) {
      for (const price of prices) {
        for (const inStock of stocks) {
          const asked = { category, inStock, search, ...price }
          const given = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
          const query: Query = { page: 1, limit: 10, ...given }
          const expected = await naive(query, orders[sort])
          for (const guess of [0, 1_000_000]) expect(await walk(guessing(guess), query, sort, 60)).toEqual(expected)
        }
      }
    }
  })

  it('is the same by offset', async () => {
    const query: Query = { page: 1, limit: 10, search: 'lantern', inStock: true }
    const expected = await naive(query, orders[sort])
    const search = await searchAsWritten(runOn(shop.database), 'lantern')
    for (const offset of [0, 5, 9, 60, expected.length - 1, expected.length, 500]) {
      for (const guess of [0, 1_000_000]) {
        const stretch = {
          query,
          search,
          words: 'search' as const,
          sort: sorts[sort],
          after: null,
          offset,
          limit: 7,
          columns: 'id',
        }
        const rows = await findStretch<Row>(guessing(guess), stretch, bounds)
        expect(rows.map(({ id }) => id)).toEqual(expected.slice(offset, offset + 7))
      }
    }
  })
})
