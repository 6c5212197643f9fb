import { addProduct, type Catalogue, type Product, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
  await fill()
})
afterAll(() => shop.stop())

const count = 23

/** Prices and times come in pairs, so that only the id tells some neighbours apart. */
async function fill(): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const category = n % 2 ? 'Cloth' : 'Kitchen'
    await addProduct(shop, {
      name: `Basket ${String.fromCharCode(64 + n)}`,
      sku: `B-${n}`,
      price: 100 + Math.floor(n / 2) * 0.05,
      stock: n % 5,
      category,
    })
  }
  await addProduct(shop, { name: 'Sufuria of 50% steel', description: 'Boils maize', sku: 'S_UF', price: 500 })
  await addProduct(shop, { name: 'Withdrawn basket', sku: 'GONE', isActive: false })
  await shop.rows(`UPDATE products SET created_at = date_trunc('second', created_at)`)
}

async function list(query: Record<string, string | number>) {
  return (await shop.client.get('/api/products').query(query).expect(200)).body
}

const names = (body: { products: Product[] }) => body.products.map(({ name }) => name)

async function byPages(query: Record<string, string | number>): Promise<string[]> {
  const first = await list({ ...query, page: 1 })
  const found = names(first)
  for (let page = 2; page <= first.totalPages; page++) found.push(...names(await list({ ...query, page })))
  return found
}

async function byCursor(query: Record<string, string | number>): Promise<string[]> {
  const found: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const body: { products: Product[]; nextCursor: string | null } = await list(cursor ? { ...query, cursor } : query)
    found.push(...names(body))
    cursor = body.nextCursor
  }
  return found
}

describe('listing products', () => {
  it('gives a page of what is on sale, and how much there is', async () => {
    const body = await list({ limit: 5 })
    expect(body).toMatchObject({ currentPage: 1, totalPages: 5, totalProducts: count + 1 })
    expect(body.products).toHaveLength(5)
    expect(body.products[0]).toMatchObject({ currency: 'KES', isActive: true })
    expect(Object.keys(body.products[0])).not.toContain('version')
  })

  it.each(['newest', 'price', '-price', 'name', 'relevance'])(
    'pages by %s without gap or double, either way',
    async (sort) => {
      const query = { sort, limit: 4, search: 'basket' }
      const whole = names(await list({ ...query, limit: 100 }))
      expect(new Set(whole).size).toBe(count)
      expect(await byPages(query)).toEqual(whole)
      expect(await byCursor(query)).toEqual(whole)
    },
  )

  it('sorts', async () => {
    const prices = (body: { products: Product[] }) => body.products.map(({ price }) => price)
    const up = prices(await list({ sort: 'price', limit: 100 }))
    expect(up).toEqual([...up].sort((a, b) => a - b))
    expect(prices(await list({ sort: '-price', limit: 100 }))).toEqual([...up].reverse())
    expect(names(await list({ sort: 'name', limit: 2 }))).toEqual(['Basket A', 'Basket B'])
  })

  it('puts a hit in the name before one in the description', async () => {
    await addProduct(shop, { name: 'Maize flour', sku: 'UNGA' })
    expect(names(await list({ search: 'maize', sort: 'relevance' }))).toEqual(['Maize flour', 'Sufuria of 50% steel'])
  })

  it('goes on after the last row of a page when new products come in between', async () => {
    const first = await list({ limit: 3 })
    await addProduct(shop, { name: 'Newcomer', sku: 'NEW' })
    const second = await list({ limit: 3, cursor: first.nextCursor })
    expect(names(second)).toEqual(names(await list({ limit: 100 })).slice(4, 7))
    await shop.rows(`UPDATE products SET is_active = false WHERE sku = 'NEW'`)
  })

  it('reaches past long names in any script with its own cursor', async () => {
    for (const n of [1, 2])
      await addProduct(shop, { name: `${n}${'ቡና'.repeat(99)}`, sku: `LONG-${n}`, category: 'Coffee' })
    expect(await byCursor({ sort: 'name', limit: 1, category: 'Coffee' })).toHaveLength(2)
  })

  it('is empty past the end', async () => {
    expect(await list({ page: 1_000_000, limit: 100 })).toMatchObject({ products: [], nextCursor: null })
  })
})

describe('filters', () => {
  it('narrow by category, price and stock, together', async () => {
    const all = (await list({ limit: 100 })).products as Product[]
    const expected = all.filter((p) => p.category === 'Cloth' && p.price >= 100.1 && p.price <= 100.4 && p.stock > 0)
    const body = await list({ category: 'Cloth', minPrice: '100.1', maxPrice: '100.40', inStock: 'true', limit: 100 })
    expect(names(body)).toEqual(expected.map(({ name }) => name))
    expect(body.totalProducts).toBe(expected.length)
    expect(expected.length).toBeGreaterThan(1)
    const soldOut = await list({ inStock: 'false', limit: 100 })
    expect(soldOut.products).toHaveLength(all.filter(({ stock }) => stock === 0).length)
  })

  it('searches words, parts of names and skus', async () => {
    expect(names(await list({ search: 'boiling' }))).toContain('Sufuria of 50% steel')
    expect(names(await list({ search: 'ufur' }))).toEqual(['Sufuria of 50% steel'])
    expect(names(await list({ search: 's_uf' }))).toEqual(['Sufuria of 50% steel'])
    expect(names(await list({ search: 'withdrawn' }))).toEqual([])
  })

  it.each([
    ['0%', 0],
    ['%', 0],
    ['_', 0],
    ['s%uf', 0],
    ['S__UF', 0],
    ['sufuria:*', 1],
    ['sufuria | basket', 0],
    ['maize & !steel', 1],
    ['\\', 0],
    ['"', 0],
    ["' OR 1=1 --", 0],
    ['!(|&:*<->', 0],
    ['the', 0],
  ])('takes %j as text and nothing else', async (search, hits) => {
    for (const sort of ['newest', 'relevance']) {
      expect((await list({ search, sort, limit: 100 })).totalProducts).toBe(hits)
    }
  })

  it('takes an empty search for none', async () => {
    const all = (await list({})).totalProducts
    expect((await list({ search: '  ', sort: 'relevance' })).totalProducts).toBe(all)
  })

  it.each([
    'limit=101',
    'limit=0',
    'limit=ten',
    'limit=99999999999999999999',
    'page=0',
    'page=-1',
    'sort=random',
    'inStock=yes',
    'minPrice=cheap',
    'minPrice=-1',
    'minPrice=1e400',
    'minPrice=1.005',
    'maxPrice=99999999999999',
    'minPrice=2&maxPrice=1',
    'search=a%00b',
    'search=a&search=b',
    `search=${'a'.repeat(201)}`,
    'category=%00',
  ])('answers 400 to ?%s', async (query) => {
    const { body } = await shop.client.get(`/api/products?${query}`).expect(400)
    expect(body.code).toBe('validation_failed')
  })
})

describe('cursors', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  const forge = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  it.each([
    ['nonsense', 'newest'],
    [forge(null), 'newest'],
    [forge(['newest', '2024-01-01T00:00:00.000000Z']), 'newest'],
    [forge(['newest', 'yesterday', id]), 'newest'],
    [forge(['newest', '0000-01-01T00:00:00.000000Z', id]), 'newest'],
    [forge(['newest', '2024-02-30T00:00:00.000000Z', id]), 'newest'],
    [forge(['price', 'cheap', id]), 'price'],
    [forge(['price', '1e999999', id]), 'price'],
    [forge(['price', '9'.repeat(300), id]), 'price'],
    [forge(['name', 'a\u0000b', id]), 'name'],
    [forge(['name', '\ud800', id]), 'name'],
    [forge(['name', 'a', `${id}'`]), 'name'],
    [forge(['relevance', '1e-999', id]), 'relevance'],
    [forge(['relevance', 'NaN', id]), 'relevance'],
    [forge({}), 'price'],
  ])('that this list did not give are 400: %s by %s', async (cursor, sort) => {
    const { body } = await shop.client.get('/api/products').query({ cursor, sort, search: 'basket' }).expect(400)
    expect(body.errors).toEqual([{ path: 'cursor', message: expect.any(String) }])
  })

  it('belong to the order that gave them', async () => {
    const { nextCursor } = await list({ sort: 'price', limit: 2 })
    await shop.client.get('/api/products').query({ cursor: nextCursor, sort: '-price' }).expect(400)
    await shop.client.get('/api/products').query({ cursor: nextCursor, sort: 'price' }).expect(200)
  })
})
