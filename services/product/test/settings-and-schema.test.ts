import { ConfigurationError, createUmzug } from '@duka/kit'
import { loadConfig } from '../src/config'
import { migrations } from '../src/migrations'
import { addProduct, type Catalogue, startCatalogue } from './support'

describe('settings', () => {
  it('that are wrong are all named at once', () => {
    const env = { PRODUCT_DATABASE_URL: 'mysql://x', PRODUCT_PORT: '99999', STORE_CURRENCY: 'shilling' }
    expect(() => loadConfig(env)).toThrow(ConfigurationError)
    for (const name of [...Object.keys(env), 'SERVICE_KEY is not set', 'SERVICE_PUBLIC_KEYS is not set']) {
      expect(() => loadConfig(env)).toThrow(name)
    }
  })
})

describe('the schema', () => {
  let shop: Catalogue
  beforeAll(async () => {
    shop = await startCatalogue()
  })
  afterAll(() => shop.stop())

  it('goes all the way down and up again', async () => {
    const umzug = await createUmzug(shop.database, migrations)
    await umzug.down({ to: 0 })
    const ours = `SELECT 1 FROM pg_class WHERE relname IN ('products', 'reservations', 'stock_movements')
      UNION ALL SELECT 1 FROM pg_proc WHERE proname IN ('new_id', 'reserve_stock', 'commit_stock', 'release_stock')`
    expect(await shop.rows(ours)).toEqual([])
    await umzug.up()
    expect(await shop.rows(ours)).toHaveLength(7)
    await addProduct(shop)
  })

  it('makes ids of version 7 for movements, in the order of time', async () => {
    const made = await shop.rows<{ id: string }>('SELECT new_id()::text AS id FROM generate_series(1, 50)')
    for (const { id } of made)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const milliseconds = Number.parseInt(made[0]!.id.replaceAll('-', '').slice(0, 12), 16)
    expect(Math.abs(milliseconds - Date.now())).toBeLessThan(60_000)
  })
})
