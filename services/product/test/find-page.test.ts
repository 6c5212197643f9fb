import { findPage } from '../src/find-page'
import { keepCounts } from '../src/keep-counts'
import type { Query } from '../src/product-filter'
import { type Run, runOn } from '../src/run'
import { type Catalogue, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
  await shop.rows(`
    INSERT INTO products (id, name, description, price, stock, category, images, sku, is_active)
    SELECT new_id(), 'Lamp ' || n || CASE WHEN n % 10 = 0 THEN ' lantern' ELSE '' END, '', n, n % 5, 'Home', '{}', 'L-' || n, true
    FROM generate_series(1, 300) AS n`)
  await shop.rows('ANALYZE products')
})
afterAll(() => shop.stop())

/** A page, and what was asked for it. */
async function watch(asked: Partial<Query>, counts = keepCounts()) {
  const statements: string[] = []
  const run: Run = (sql, bind, isPrepared) => {
    statements.push(`${isPrepared ? 'prepared ' : ''}${sql.trim().split(' ')[0]} ${JSON.stringify(bind)} ${sql}`)
    return runOn(shop.database)(sql, bind, isPrepared)
  }
  const page = await findPage(run, counts, { page: 1, limit: 10, ...asked })
  expect(new Set(statements).size).toBe(statements.length)
  return { total: page.count.total, length: page.rows.length, statements, guesses: statements.filter(isGuess).length }
}

const isGuess = (statement: string) => statement.startsWith('EXPLAIN')

it.each<[Partial<Query>, number]>([
  [{}, 300],
  [{ category: 'Home' }, 300],
  [{ sort: 'price', maxPrice: '50' }, 50],
  [{ sort: 'name', category: 'Home' }, 300],
])('a plain list is a page and a count, and no guess: %j', async (asked, total) => {
  expect(await watch(asked)).toMatchObject({ total, length: 11, guesses: 0, statements: { length: 2 } })
})

it('keeps the page of a plain list prepared, for whatever values', async () => {
  const { statements } = await watch({ category: 'Home' })
  expect(statements[0]).toMatch(/^prepared SELECT \["Home"\]/)
  // Of what depends on its values, such as a range of prices, each is planned by itself.
  expect((await watch({ sort: 'price', maxPrice: '50' })).statements[0]).not.toMatch(/^prepared/)
})

it.each([1, 10, 11, 49, 50, 51, 100])('gives as many rows as are asked for: %s', async (limit) => {
  expect(await watch({ limit })).toMatchObject({ total: 300, length: limit + 1 })
})

it('a first page that is not full is its own count', async () => {
  expect(await watch({ category: 'None' })).toMatchObject({ total: 0, length: 0, statements: { length: 1 } })
  expect(await watch({ search: 'lantern', limit: 100 })).toMatchObject({ total: 30, length: 30, guesses: 1 })
})

it('counts what a search has at hand by the way', async () => {
  expect(await watch({ search: 'lantern' })).toMatchObject({
    total: 30,
    length: 11,
    guesses: 1,
    statements: { length: 3 },
  })
  expect(await watch({ search: 'lamp', inStock: true })).toMatchObject({ total: 240, statements: { length: 3 } })
  expect(await watch({ inStock: false })).toMatchObject({ total: 60, length: 11, statements: { length: 2 } })
})

it('counts all of a search on its later pages as well', async () => {
  expect(await watch({ search: 'lantern', page: 3 })).toMatchObject({ total: 30, length: 10 })
  expect(await watch({ search: 'lantern', page: 4 })).toMatchObject({ total: 30, length: 0 })
  expect(await watch({ search: 'lantern', sort: 'relevance', page: 3 })).toMatchObject({ total: 30, length: 10 })
})

it('asks nothing twice where nothing is found and words are corrected', async () => {
  expect(await watch({ search: 'lantren' })).toMatchObject({ total: 30 })
  expect(await watch({ search: 'zzqqx' })).toMatchObject({ total: 0 })
})
