import { oneFormOfTexts } from '../src/migrations/009-one-form-of-texts'
import { addProduct, type Catalogue, startCatalogue } from './support'

let shop: Catalogue
beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const store = (id: string, { sku, category = null }: { sku: string; category?: string | null }) =>
  shop.rows('UPDATE products SET sku = $2, category = $3 WHERE id = $1', [id, sku, category])
const read = (id: string) => shop.rows('SELECT sku, category, version FROM products WHERE id = $1', [id])

/** Two products as an older database may have them. */
async function addOld(first: { sku: string; category?: string }, second: { sku: string; category?: string }) {
  const [one, two] = [await addProduct(shop), await addProduct(shop)]
  await shop.database.query(String(oneFormOfTexts.down))
  await store(one.id, first)
  await store(two.id, second)
  return [one.id, two.id] as const
}

test('skus and categories of an older database get their one form, and their index knows them by it', async () => {
  const [one, two] = await addOld(
    { sku: 'Cafe\u0301\u00a0\u00a01\u200b', category: '\u202aCafe\u0301s\u00a0👩🏽\u200d🚀\u202c' },
    { sku: '\u200b\u2060', category: '\u200b' },
  )
  await shop.database.query(String(oneFormOfTexts.up))
  expect(await read(one)).toEqual([{ sku: 'Café 1', category: 'Cafés 👩🏽\u200d🚀', version: 3 }])
  expect(await read(two)).toEqual([{ sku: two, category: null, version: 3 }])
  for (const sku of ['CAFé 1', 'Cafe\u0301 1', 'café  1']) {
    await shop.database.transaction(async (transaction) => {
      await shop.database.query('SET LOCAL enable_seqscan = off', { transaction })
      const [found] = await shop.database.query('SELECT id FROM products WHERE sku_key(sku) = sku_key($1)', {
        bind: [sku],
        transaction,
      })
      expect(found).toEqual([{ id: one }])
    })
  }
})

test('two products that would become one are named, and stay as they are', async () => {
  const [one, two] = await addOld({ sku: 'Thé-1' }, { sku: 'The\u0301-1' })
  await expect(shop.database.query(String(oneFormOfTexts.up))).rejects.toThrow(
    `SET sku = … WHERE id = …): Thé-1 (${one}) and The\u0301-1 (${two})`,
  )
  expect(await read(two)).toEqual([{ sku: 'The\u0301-1', category: null, version: 1 }])
  await store(two, { sku: 'Thé-2' })
  await shop.database.query(String(oneFormOfTexts.up))
})

test('two that are both of another form are named as well', async () => {
  const [one, two] = await addOld({ sku: 'x\u200b-9' }, { sku: 'X\u2060-9' })
  await expect(shop.database.query(String(oneFormOfTexts.up))).rejects.toThrow(
    `x\u200b-9 (${one}) and X\u2060-9 (${two})`,
  )
  await store(two, { sku: 'X-10' })
  await shop.database.query(String(oneFormOfTexts.up))
})
