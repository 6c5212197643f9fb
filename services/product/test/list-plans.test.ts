import { productContract as contract } from '@duka/contracts'
import { cutPage } from '@duka/kit'
import { findPage } from '../src/find-page'
import { keepCounts } from '../src/keep-counts'
import { lowStockCount, lowStockPage } from '../src/list-low-stock'
import type { Query } from '../src/product-filter'
import { type Run, runOn } from '../src/run'
import { nearestWords } from '../src/search'
import { type Catalogue, startCatalogue } from './support'

let shop: Catalogue

/** Words of every frequency: "common" is in each description, "rare7" in one name, the others between. */
beforeAll(async () => {
  shop = await startCatalogue()
  // No statement may take longer than a service's: a busy machine needs seconds for a tenth of them.
  const insert = `
    INSERT INTO products (id, name, description, price, stock, category, images, sku, is_active, created_at)
    SELECT new_id(), 'Thing ' || md5((n % 9000)::text) || ' rare' || n, 'A common thing of brand' || n % 50 || repeat(' and more', 20),
      (n * 7919 % 100000) / 10.0, CASE WHEN n % 20 = 0 THEN 0 ELSE n % 3000 END, 'Category ' || n % 40, '{}', 'BIG-' || n,
      n % 100 <> 0, now() - make_interval(secs => n)
    FROM generate_series($1::int, $2::int) AS n`
  for (let from = 1; from <= 50_000; from += 5_000) await shop.rows(insert, [from, from + 4_999])
  // Pages count as visible to all only once the commit is on disk, and tests commit without waiting for that.
  await shop.rows('CHECKPOINT')
  await shop.rows('VACUUM ANALYZE products, search_words')
}, 120_000)
afterAll(() => shop.stop())

const filters: Partial<Query>[] = [
  {},
  { category: 'Category 7' },
  { category: 'No such' },
  { minPrice: '100', maxPrice: '200' },
  { minPrice: '9000' },
  { inStock: true },
  { inStock: false },
  { category: 'Category 7', inStock: true, maxPrice: '500' },
]
const searches = [undefined, 'common', 'brand7', 'rare777', 'nowhere', 'BIG-123', 'common brand7']

async function explain([sql, bind]: [sql: string, bind: unknown[]]): Promise<string> {
  const rows = await shop.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, bind)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

async function expectIndexed(statement: [sql: string, bind: unknown[]]): Promise<void> {
  expect(await explain(statement)).not.toMatch(/Seq Scan on (products|search_words)/)
}

/** Runs what a list is made of, and looks at how. */
const inspected: Run = async (sql, bind) => {
  if (!sql.startsWith('EXPLAIN')) await expectIndexed([sql, bind])
  return runOn(shop.database)(sql, bind)
}

describe.each(contract.productSorts)('the list by %s', (sort) => {
  it.each(filters)('reads no whole table, with %j and any search', async (filter) => {
    for (const search of searches) {
      const query: Query = { page: 1, limit: 20, sort, ...filter, ...(search === undefined ? {} : { search }) }
      const first = await findPage(inspected, keepCounts(), query)
      const { nextCursor } = cutPage(first.rows, query.limit, (row) => [first.sort, row.cursor_key, row.id])
      if (nextCursor) await findPage(inspected, keepCounts(), { ...query, cursor: nextCursor })
      await findPage(inspected, keepCounts(), { ...query, page: 12 })
    }
  })
})

describe('a big catalogue', () => {
  it('corrects a word without reading all words', async () => {
    await expectIndexed([nearestWords, ['samsng rarre777']])
  })

  it('goes on from a cursor by index, however deep', async () => {
    const { body } = await shop.client.get('/api/products?sort=price&limit=100&page=300').expect(200)
    const query: Query = { page: 1, limit: 20, sort: 'price', cursor: body.nextCursor }
    const plans: string[] = []
    const run: Run = async (sql, bind) => {
      plans.push(await explain([sql, bind]))
      return runOn(shop.database)(sql, bind)
    }
    await findPage(run, keepCounts(), query)
    expect(plans.join('\n')).toMatch(/Index Cond: .*ROW\(price, id\) > /)
  })

  it('walks to no page that there is not', async () => {
    const statements: string[] = []
    const run: Run = (sql, bind) => {
      statements.push(sql)
      return runOn(shop.database)(sql, bind)
    }
    const page = await findPage(run, keepCounts(), { page: 1_000_000, limit: 100 })
    expect(page.rows).toEqual([])
    expect(statements).toEqual([expect.stringMatching(/^SELECT count/)])
  })

  it.each([0, 5, 100])('lists what has at most %s pieces from an index', async (threshold) => {
    await expectIndexed([lowStockPage, [threshold, 3, '00000000-0000-0000-0000-000000000000', 11, 0]])
    await expectIndexed([lowStockCount, [threshold]])
  })

  it('lists its categories from an index', async () => {
    await expectIndexed([
      'SELECT category, count(*) FROM products WHERE is_active AND category IS NOT NULL GROUP BY category',
      [],
    ])
  })

  it('leaves a product where it is when only its stock changes', async () => {
    const hot = `SELECT n_tup_hot_upd AS hot FROM pg_stat_xact_user_tables WHERE relname = 'products'`
    const moved = await shop.database.transaction(async (transaction) => {
      const query = async (sql: string) => (await shop.database.query(sql, { transaction }))[0] as { hot?: string }[]
      // A page of its own has room for the new version.
      await query(`INSERT INTO products (id, name, description, price, stock, images, sku, is_active)
        VALUES (new_id(), 'Hot', '', 1, 5000, '{}', 'HOT', true)`)
      await query(`UPDATE products SET stock = stock - 1 WHERE sku = 'HOT'`)
      return query(hot)
    })
    expect(moved).toEqual([{ hot: '1' }])
  })
})
