import { asUser } from '@duka/testkit'
import { addProduct, attemptOf, type Catalogue, lineOf, type Product, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const read = async (path: string, headers: Record<string, string> = {}) => {
  const { body } = await shop.client.get(path).set(headers).expect(200)
  return body
}

/** A change that nobody tells the service of, as another instance may make it. */
const renameBehind = (id: string, name: string) =>
  shop.rows('UPDATE products SET name = $2 WHERE id = $1 RETURNING 1', [id, name])

const asCustomer = () => ({ authorization: asUser() })
const nameOf = async (id: string, headers = {}) => (await read(`/api/products/${id}`, headers)).product.name

describe('public reads', () => {
  it('are answered from what was made before, until something changes', async () => {
    const { id } = await addProduct(shop, { name: 'Seen', category: 'Kept' })
    const list = '/api/products?category=Kept'
    const seen = () => Promise.all([nameOf(id), read(list).then(({ products }) => products[0].name)])
    expect(await seen()).toEqual(['Seen', 'Seen'])
    await renameBehind(id, 'Changed')
    expect(await seen()).toEqual(['Seen', 'Seen'])
    expect(await nameOf(id, asCustomer())).toBe('Seen')
    await shop.asAdmin('patch', `/api/products/${id}`, { price: 5 }).expect(200)
    expect(await seen()).toEqual(['Changed', 'Changed'])
  })

  it('show those who edit the catalogue what is there', async () => {
    const { id } = await addProduct(shop, { name: 'Seen' })
    await nameOf(id)
    await renameBehind(id, 'Changed')
    const { body, headers } = await shop.asAdmin('get', `/api/products/${id}`).expect(200)
    expect(body.product.name).toBe('Changed')
    expect(headers['cache-control']).toBe('private, no-cache')
    expect(await nameOf(id)).toBe('Seen')
  })

  it('may be kept by browsers and shared caches for two seconds, and are told by their bytes', async () => {
    await addProduct(shop)
    for (const path of ['/api/products', '/api/products/categories', `/api/products/${(await addProduct(shop)).id}`]) {
      const { headers } = await shop.client.get(path).expect(200)
      expect(headers).toMatchObject({ 'cache-control': 'public, max-age=2', vary: 'Authorization' })
      expect(headers.etag).toMatch(/^"[\w-]+"$/)
      const same = await shop.client.get(path).set('If-None-Match', `"other", ${headers.etag}`).expect(304)
      expect(same.headers).toMatchObject({ etag: headers.etag, 'cache-control': 'public, max-age=2' })
      // What fetch adds to each request that it is given a condition for.
      for (const tag of [String(headers.etag), '*']) {
        await shop.client.get(path).set('If-None-Match', tag).set('Cache-Control', 'no-cache').expect(304)
      }
      const own = await shop.client.get(path).set(asCustomer()).expect(200)
      expect(own.headers).toMatchObject({ 'cache-control': 'private, max-age=2', etag: headers.etag })
      const head = await shop.client.head(path).expect(200)
      expect(head.headers).toMatchObject({ etag: headers.etag, 'content-length': headers['content-length'] })
    }
  })

  it('keep no product that was withdrawn', async () => {
    const { id } = await addProduct(shop)
    await nameOf(id)
    await shop.asAdmin('delete', `/api/products/${id}`).expect(200)
    const { headers } = await shop.client.get(`/api/products/${id}`).expect(404)
    expect(headers['cache-control']).toBe('no-store')
    await shop.rows('UPDATE products SET is_active = true WHERE id = $1', [id])
    await shop.client.get(`/api/products/${id}`).expect(200)
  })

  it('do not keep what there is not', async () => {
    const { id } = await addProduct(shop)
    const path = `/api/products/${id.replace(/^./, (first) => (first === '0' ? '1' : '0'))}`
    const { headers } = await shop.client.get(path).expect(404)
    expect(headers['cache-control']).toBe('no-store')
  })
})

describe('after each change', () => {
  let product: Product
  let before: number

  beforeEach(async () => {
    product = await addProduct(shop, { category: 'Changing', stock: 5 })
    before = (await read('/api/products?category=Changing')).totalProducts
    await Promise.all([read(`/api/products/${product.id}`), read('/api/products/categories')])
    await read('/api/products?category=Changing&inStock=true')
  })

  /** Stock as the product's own page, a list that shows it, and a list of what is in stock have it. */
  async function shownStock(): Promise<unknown[]> {
    const find = ({ products }: { products: Product[] }) => products.find(({ id }) => id === product.id)?.stock ?? null
    return [
      (await read(`/api/products/${product.id}`)).product.stock,
      find(await read('/api/products?category=Changing')),
      find(await read('/api/products?category=Changing&inStock=true')),
    ]
  }

  it('lists and categories know a product that was added or withdrawn', async () => {
    const added = await addProduct(shop, { category: 'Changing' })
    const total = async () => (await read('/api/products?category=Changing')).totalProducts
    const count = async () =>
      (await read('/api/products/categories')).categories.find(({ name }: { name: string }) => name === 'Changing')
        .count
    expect([await total(), await count()]).toEqual([before + 1, before + 1])
    await shop.asAdmin('delete', `/api/products/${added.id}`).expect(200)
    expect([await total(), await count()]).toEqual([before, before])
  })

  it.each(['put', 'patch'] as const)('by %s, stock is what was counted', async (method) => {
    await shop.asAdmin(method, `/api/products/${product.id.toUpperCase()}`, { stock: 3 }).expect(200)
    expect(await shownStock()).toEqual([3, 3, 3])
  })

  it('by an adjustment, stock is what is left', async () => {
    const gone = { delta: -5, reason: 'stolen' }
    await shop.asAdmin('post', `/api/products/${product.id}/stock`, gone).expect(200)
    expect(await shownStock()).toEqual([0, 0, null])
    await shop.asAdmin('post', `/api/products/${product.id}/stock`, { delta: 2, reason: 'found' }).expect(200)
    expect(await shownStock()).toEqual([2, 2, 2])
  })

  it('by an order, stock is what it left, and what it gave back', async () => {
    const attempt = attemptOf(shop, [lineOf(product, 5)])
    await attempt.reserve().expect(200)
    expect(await shownStock()).toEqual([0, 0, null])
    await attempt.commit().expect(200)
    expect(await shownStock()).toEqual([0, 0, null])
    await attempt.release().expect(200)
    expect(await shownStock()).toEqual([5, 5, 5])
  })

  it('by an import, stock is what the file says; a dry run changes nothing', async () => {
    const send = (query: string) =>
      shop
        .asAdmin('post', `/api/products/import${query}`)
        .set('Content-Type', 'text/csv')
        .send(`sku,stock\n${product.sku},9\n`)
        .expect(200)
    await send('?dryRun=true')
    expect(await shownStock()).toEqual([5, 5, 5])
    await send('')
    expect(await shownStock()).toEqual([9, 9, 9])
  })
})

describe('a hundred who ask at once', () => {
  it.each(['/api/products?search=herd', '/api/products/categories', 'one product'])(
    'for %s ask nothing twice',
    async (what) => {
      const { id } = await addProduct(shop, { name: 'A herd of goats' })
      const path = what === 'one product' ? `/api/products/${id}` : what
      const log = jest.fn()
      const { options } = shop.database as unknown as { options: { logging: typeof log | false } }
      options.logging = log
      const answers = await Promise.all(Array.from({ length: 100 }, () => shop.client.get(path).expect(200)))
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
      options.logging = false
      const asked = log.mock.calls.map(([statement]) => statement)
      expect(new Set(asked).size).toBe(asked.length)
      // A search is a look at the skus, a guess of its hits, perhaps one of all products, and its page.
      expect(asked.length).toBeLessThanOrEqual(path.includes('search') ? 4 : 1)
    },
  )
})
