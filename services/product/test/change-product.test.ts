import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

const put = (id: string, body: unknown) => shop.asAdmin('put', `/api/products/${id}`, body)

describe('changing a product', () => {
  it.each(['put', 'patch'] as const)('%s changes what is given and nothing else', async (method) => {
    const before = await addProduct(shop, { description: 'Cotton', category: 'Cloth', imageUrl: '/a.svg' })
    const change = { name: 'Leso', price: 0.1, imageUrl: null, images: ['https://duka.test/b.svg'] }
    const { body } = await shop.asAdmin(method, `/api/products/${before.id}`, change).expect(200)
    expect(body).toEqual({
      message: expect.any(String),
      product: { ...before, ...change, updatedAt: expect.any(String) },
    })
    expect(body.product.updatedAt > before.updatedAt).toBe(true)
    const read = await shop.client.get(`/api/products/${before.id}`).expect(200)
    expect(read.body.product).toEqual(body.product)
  })

  it('takes a stock for a count: a movement to that figure, beside what orders hold', async () => {
    const product = await addProduct(shop, { stock: 10 })
    await attemptOf(shop, [lineOf(product, 4)])
      .reserve()
      .expect(200)
    const { body } = await put(product.id, { stock: 9 }).expect(200)
    expect(body.product.stock).toBe(9)
    await put(product.id, { stock: 9 }).expect(200)
    const movements = await shop.rows(
      `SELECT available_delta, reason, actor FROM stock_movements WHERE product_id = $1 AND kind = 'adjustment'`,
      [product.id],
    )
    expect(movements).toEqual([{ available_delta: 3, reason: 'stock count', actor: shop.adminId }])
  })

  it('keeps the ledger whole when counts, adjustments and orders meet', async () => {
    const product = await addProduct(shop, { stock: 50 })
    const counted = (stock: number) => put(product.id, { stock })
    const moved = (delta: number) => shop.asAdmin('post', `/api/products/${product.id}/stock`, { delta, reason: 'x' })
    const bought = () => attemptOf(shop, [lineOf(product, 2)]).reserve()
    const answers = await Promise.all([1, 2, 3, 4].flatMap((n) => [counted(40 + n), moved(n), moved(-n), bought()]))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(await shop.rows('SELECT 1 FROM stock_movements WHERE product_id = $1', [product.id])).not.toHaveLength(0)
  })

  it('refuses a sku that another product has, and then changes nothing', async () => {
    const { sku } = await addProduct(shop)
    const other = await addProduct(shop, { stock: 5 })
    const { body } = await put(other.id, { sku, stock: 1, name: 'Both' }).expect(409)
    expect(body.code).toBe('sku_taken')
    expect(await stockOf(shop, other)).toBe(5)
    await put(other.id, { sku: sku.toUpperCase() }).expect(409)
    await put(other.id, { sku: other.sku }).expect(200)
    await put(other.id, { sku: other.sku.toUpperCase() }).expect(200)
  })

  describe('with If-Match', () => {
    const change = (method: 'put' | 'patch' | 'delete', id: string, tag: string) =>
      shop.asAdmin(method, `/api/products/${id}`, { name: 'Second' }).set('If-Match', tag)

    it.each(['put', 'patch', 'delete'] as const)(
      '%s changes the version it was meant for, and no other',
      async (method) => {
        const { id } = await addProduct(shop)
        const { etag = '' } = (await shop.client.get(`/api/products/${id}`).expect(200)).headers
        await put(id, { name: 'First' }).expect(200)
        for (const tag of [etag, `W/${etag}`, '"999", "1000"', 'nonsense', '2', '']) {
          const { body } = await change(method, id, tag).expect(412)
          expect(body.code).toBe('precondition_failed')
        }
        const read = await shop.client.get(`/api/products/${id}`).expect(200)
        expect(read.body.product).toMatchObject({ name: 'First', isActive: true })
        await change(method, id, `"0", ${read.headers.etag}`).expect(200)
        await change(method, id, '*').expect(200)
      },
    )

    it('takes the tag of the answer before, and does not mind that pieces were sold meanwhile', async () => {
      const made = await shop.asAdmin('post', '/api/products', { name: 'Tagged', price: 5, sku: 'TAG', stock: 5 })
      await attemptOf(shop, [lineOf(made.body.product, 1)])
        .reserve()
        .expect(200)
      const changed = await change('put', made.body.product.id, made.headers.etag ?? '').expect(200)
      await change('patch', made.body.product.id, changed.headers.etag ?? '').expect(200)
      await change('patch', made.body.product.id, changed.headers.etag ?? '').expect(412)
    })

    it('lets one of two admins through who began with the same version', async () => {
      const { id } = await addProduct(shop)
      const answers = await Promise.all([1, 2, 3, 4].map((_n) => change('patch', id, '"1"')))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412])
    })

    it('answers 404, 403 and 400 before 412', async () => {
      const { id } = await addProduct(shop)
      await change('put', randomUUID(), '"9"').expect(404)
      await shop.asAdmin('put', `/api/products/${id}`, { price: -1 }).set('If-Match', '"9"').expect(400)
      const asCustomer = { authorization: asUser(), 'if-match': '"9"' }
      await shop.client.delete(`/api/products/${id}`).set(asCustomer).expect(403)
    })
  })

  it('withdraws and brings back', async () => {
    const { id } = await addProduct(shop)
    expect((await put(id, { isActive: false }).expect(200)).body.product.isActive).toBe(false)
    expect((await put(id, { isActive: true }).expect(200)).body.product.isActive).toBe(true)
  })

  it('answers 401, 404, 403 and 400, in this order', async () => {
    const { id } = await addProduct(shop)
    const bad = { price: -1 }
    await shop.client.put('/api/products/nonsense').send(bad).expect(401)
    const customer = { authorization: asUser() }
    await shop.client.put('/api/products/nonsense').set(customer).send(bad).expect(404)
    await shop.client.put(`/api/products/${id}`).set(customer).send(bad).expect(403)
    await put(randomUUID(), bad).expect(404)
    await put(id, bad).expect(400)
    await put(id, { stock: -1 }).expect(400)
    await put(id, { name: null }).expect(400)
    await put(id, undefined).expect(400)
    const answer = await shop.asAdmin('post', `/api/products/${id}`, {}).expect(405)
    expect(answer.get('allow')).toBe('GET, HEAD, PUT, PATCH, DELETE')
  })
})

describe('withdrawing a product', () => {
  it('takes it off sale and keeps it', async () => {
    const product = await addProduct(shop, { name: 'Nyatiti', stock: 2 })
    const held = attemptOf(shop, [lineOf(product, 1)])
    await held.reserve().expect(200)
    for (const _time of [1, 2]) await shop.asAdmin('delete', `/api/products/${product.id}`).expect(200)
    expect((await shop.client.get('/api/products?search=nyatiti').expect(200)).body.totalProducts).toBe(0)
    const { body } = await shop.asAdmin('get', `/api/products/${product.id}`).expect(200)
    expect(body.product).toMatchObject({ isActive: false, stock: 1 })
    // What is held already is still sold.
    await held.commit().expect(200)
    const refused = await attemptOf(shop, [lineOf(product, 1)])
      .reserve()
      .expect(409)
    expect(refused.body).toMatchObject({ code: 'insufficient_stock', available: 0 })
  })

  it('answers 401, 404 and 403', async () => {
    const { id } = await addProduct(shop)
    await shop.client.delete(`/api/products/${id}`).expect(401)
    await shop.client.delete(`/api/products/${id}`).set({ authorization: asUser() }).expect(403)
    await shop.asAdmin('delete', `/api/products/${randomUUID()}`).expect(404)
    await shop.asAdmin('delete', '/api/products/categories').expect(405)
  })
})
