import { connectDatabase, migrateDatabase } from '@duka/kit'
import { createTestDatabase } from '@duka/testkit'
import { migrations } from '../src/migrations'
import { addProduct, type Catalogue, startCatalogue } from './support'

let shop: Catalogue

const names = [
  'Kettle–steel 1.7L',
  'Sufuria\u00a0kubwa',
  '“Fresh” milk',
  'Rice™',
  'Children’s boots',
  'Crème brûlée',
  'Me Before You',
  'Do',
  'ÉCHARPE Ørsted',
  'Чайник МОСКВА',
]

beforeAll(async () => {
  shop = await startCatalogue()
  for (const name of names) await addProduct(shop, { name })
  await addProduct(shop, { name: 'Solar lantern', description: 'For the kettle’s night' })
})
afterAll(() => shop.stop())

async function search(text: string): Promise<string[]> {
  const { body } = await shop.client.get('/api/products').query({ search: text, sort: 'relevance' }).expect(200)
  return body.products.map(({ name }: { name: string }) => name)
}

describe('a search', () => {
  it.each([
    ['kettle steel', 'Kettle–steel 1.7L'],
    ['Kettle –steel', 'Kettle–steel 1.7L'],
    ['kettle-steel', 'Kettle–steel 1.7L'],
    ['sufuria', 'Sufuria\u00a0kubwa'],
    ['sufuria\u202fkubwa', 'Sufuria\u00a0kubwa'],
    ['fresh', '“Fresh” milk'],
    ['rice', 'Rice™'],
    ['children’s', 'Children’s boots'],
    ["children's boots", 'Children’s boots'],
    ['“solar lantern”', 'Solar lantern'],
    ['brulee', 'Crème brûlée'],
    ['creme brûlée', 'Crème brûlée'],
    ['me before you', 'Me Before You'],
    ['"before you"', 'Me Before You'],
    ['do', 'Do'],
    ['-lantern', 'Solar lantern'],
    ['— solar', 'Solar lantern'],
    ['echarpe', 'ÉCHARPE Ørsted'],
    ['écharpe orsted', 'ÉCHARPE Ørsted'],
    ['чайник москва', 'Чайник МОСКВА'],
    ['bruleee', 'Crème brûlée'],
  ])('for %j finds %j alone', async (text, name) => {
    expect(await search(text)).toEqual([name])
  })
})

it('finds what was there before its words were made like this', async () => {
  const { url, drop } = await createTestDatabase()
  try {
    await migrateDatabase(url, migrations.slice(0, 9))
    const database = connectDatabase({ url, applicationName: 'product' })
    await database.query(`INSERT INTO products (id, name, description, price, stock, images, sku, is_active)
      SELECT new_id(), 'Café ' || n, '', 1, 0, '{}', 'C-' || n, true FROM generate_series(1, 1200) AS n`)
    await migrateDatabase(url, migrations)
    const [[row]] = (await database.query(
      `SELECT (SELECT count(*)::int FROM products WHERE search @@ asked_words('cafe') AND name_search @@ asked_words('cafe')) AS found,
        (SELECT count(*)::int FROM search_words WHERE word = 'cafe') AS words`,
    )) as unknown as [[unknown]]
    expect(row).toEqual({ found: 1200, words: 1 })
    await database.query('REINDEX INDEX products_sku_once')
    await database.close()
  } finally {
    await drop()
  }
})
