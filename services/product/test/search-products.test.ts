import { addProduct, type Catalogue, type Product, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
  const products = [
    { name: 'Samsung Galaxy A16', sku: 'SAM-A16', category: 'Phones', price: 21000 },
    { name: 'Phone case with a ring', description: 'Fits Samsung and Tecno phones', sku: 'CASE-1', price: 500 },
    { name: 'Tecno Spark', description: 'Cheaper than any Samsung', sku: 'TEC-1', category: 'Phones', stock: 0 },
    { name: 'Kiondo of sisal', description: 'Woven in Kitui', sku: 'KIO_1', category: 'Home' },
    { name: 'Kiondo of banana fibre, large, with two leather straps', sku: 'KIO-2', category: 'Home' },
    { name: 'Galaxy poster', sku: 'samsung', category: 'Home' },
    { name: 'Café ya Nyeri', sku: 'CAFE' },
    { name: 'ቡና ከሐረር', sku: 'BUNA' },
  ]
  for (const product of products) await addProduct(shop, product)
})
afterAll(() => shop.stop())

async function search(text: string, query: object = {}): Promise<string[]> {
  const { body } = await shop.client
    .get('/api/products')
    .query({ search: text, sort: 'relevance', ...query })
    .expect(200)
  expect(body.totalProducts).toBe(body.products.length)
  return body.products.map(({ sku }: Product) => sku)
}

describe('searching', () => {
  it('puts the sku first, then hits in names, then hits in descriptions', async () => {
    const found = await search('samsung')
    expect(found.slice(0, 2)).toEqual(['samsung', 'SAM-A16'])
    expect(found.slice(2).sort()).toEqual(['CASE-1', 'TEC-1'])
  })

  it('puts a short name before a long one', async () => {
    expect(await search('kiondo')).toEqual(['KIO_1', 'KIO-2'])
  })

  it('wants all words, in any form, in any order', async () => {
    expect(await search('samsung kiondo')).toEqual([])
    expect(await search('rings for the phone')).toEqual(['CASE-1'])
    expect(await search('galaxy samsung')).toEqual(['SAM-A16'])
  })

  it.each([
    ['samsng', 'SAM-A16'],
    ['smasung', 'SAM-A16'],
    ['samsungg galxy', 'SAM-A16'],
    ['sams', 'SAM-A16'],
    ['kiondoo', 'KIO_1'],
    ['iond', 'KIO-2'],
    ['ቡና', 'BUNA'],
  ])('finds what %j means', async (text, sku) => {
    expect(await search(text)).toContain(sku)
  })

  it('corrects only what finds nothing, and only the words that nobody knows', async () => {
    expect(await search('galaxy kiondoo')).toEqual([])
    expect(await search('poster')).toEqual(['samsung'])
    expect(await search('galaxy postr')).toEqual(['samsung'])
  })

  it('finds a sku in any case, whole or by its beginning', async () => {
    expect(await search('sam-a16')).toEqual(['SAM-A16'])
    expect(await search('kio_1')).toEqual(['KIO_1'])
    expect(await search('Te')).toEqual(['TEC-1'])
    expect(await search('K_')).toEqual([])
  })

  it('combines with every filter', async () => {
    expect(await search('samsung', { category: 'Phones' })).toEqual(['SAM-A16', 'TEC-1'])
    expect(await search('samsung', { category: 'Phones', inStock: 'false' })).toEqual(['TEC-1'])
    expect(await search('samsung', { minPrice: 20000 })).toEqual(['SAM-A16'])
    expect(await search('samsng', { maxPrice: 600, sort: 'price' })).toEqual(['CASE-1'])
  })

  it('learns the words of new and changed names', async () => {
    expect(await search('nyatti')).toEqual([])
    const { id } = await addProduct(shop, { name: 'Nyatiti', sku: 'LYRE' })
    expect(await search('nyatti')).toEqual(['LYRE'])
    await shop.asAdmin('patch', `/api/products/${id}`, { name: 'Orutu' }).expect(200)
    expect(await search('nyatti')).toEqual([])
    expect(await search('oruttu')).toEqual(['LYRE'])
  })

  it('finds the names among any number of descriptions with the same word', async () => {
    await addProduct(shop, { name: 'Ugali pot', sku: 'POT' })
    await shop.rows(`INSERT INTO products (id, name, description, price, stock, images, sku, is_active)
      SELECT new_id(), 'Plate ' || n, 'For ugali', 100, 1, '{}', 'PLATE-' || n, true FROM generate_series(1, 1200) AS n`)
    const { body } = await shop.client.get('/api/products?search=ugali&sort=relevance').expect(200)
    expect(body).toMatchObject({ totalProducts: 500, products: expect.arrayContaining([]) })
    expect(body.products[0].sku).toBe('POT')
    const cheapest = await shop.client.get('/api/products?search=ugali&sort=price').expect(200)
    expect(cheapest.body.totalProducts).toBe(1201)
  })

  it('adds the same new words from many sides at once', async () => {
    const names = Array.from({ length: 20 }, (_, n) => (n % 2 ? 'Mbuzi ndogo karibu' : 'Karibu ndogo mbuzi'))
    await Promise.all(names.map((name, n) => addProduct(shop, { name, sku: `MBUZI-${n}` })))
    expect(await search('mbuzzi karbu', { limit: 100 })).toHaveLength(20)
  })
})
