import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@duka/testkit'
import { Client } from 'pg'
import { findCatalogueDatabase } from '../find-database'
import { makeProduct } from '../make-product'
import { seedProducts } from '../seed-products'

describe('made-up products', () => {
  test('are believable, and the same each time', () => {
    const made = Array.from({ length: 5_000 }, (_, n) => makeProduct(n + 1))
    expect(made[6]).toEqual(makeProduct(7))
    expect(new Set(made.map(({ sku }) => sku)).size).toBe(5_000)
    expect(new Set(made.map(({ name }) => name)).size).toBeGreaterThan(4_900)
    expect(new Set(made.map(({ category }) => category)).size).toBe(6)
    const soldOut = made.filter(({ stock }) => stock === 0).length
    expect(soldOut).toBeGreaterThan(50)
    expect(soldOut).toBeLessThan(500)
    for (const { price, stock } of made) {
      expect(price).toMatch(/^[1-9]\d{1,5}\.00$/)
      expect(stock).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('seeding a catalogue', () => {
  let database: TestDatabase
  let client: Client

  beforeAll(async () => {
    database = await createTestDatabase('product')
    client = new Client({ connectionString: database.url })
    await client.connect()
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  test('adds what is not there yet, each with its opening movement', async () => {
    expect(await seedProducts(database.url, 5_500)).toBe(5_500)
    expect(await seedProducts(database.url, 5_600)).toBe(100)
    const { rows } = await client.query(`
      SELECT count(*)::int AS products, count(*) FILTER (WHERE stock <> coalesce(moved, 0))::int AS unsound
      FROM products LEFT JOIN (
        SELECT product_id, sum(available_delta) AS moved FROM stock_movements WHERE kind = 'opening' GROUP BY product_id) AS m
      ON product_id = id`)
    expect(rows).toEqual([{ products: 5_600, unsound: 0 }])
    const words = await client.query(`SELECT 1 FROM search_words WHERE word = 'smartphone'`)
    expect(words.rowCount).toBe(1)
  })
})

describe('the catalogue to seed', () => {
  const url = 'postgres://shop@db.example/product_db'

  test("is never a merchant's own database by accident", () => {
    const settings = { PRODUCT_DATABASE_URL: url }
    expect(() => findCatalogueDatabase('/nowhere', settings, false)).toThrow('--force-external')
    expect(findCatalogueDatabase('/nowhere', settings, true)).toBe(url)
  })

  test('is that of a running shop', () => {
    const folder = mkdtempSync(join(tmpdir(), 'duka-none-'))
    try {
      expect(() => findCatalogueDatabase(folder, { DUKA_DATA_DIR: folder }, false)).toThrow('No shop runs')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
