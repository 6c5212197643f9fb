import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import { addProduct, type Catalogue, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const check = (items: unknown) => shop.asOrder('check-stock', { items })

describe('checking stock', () => {
  it('gives names, prices and what there is, and holds nothing', async () => {
    const product = await addProduct(shop, { name: 'Kiondo', price: 0.07, stock: 3, imageUrl: '/kiondo.svg' })
    const { body } = await check([{ productId: product.id, quantity: 3 }]).expect(200)
    const line = {
      productId: product.id,
      name: 'Kiondo',
      price: 0.07,
      currency: 'KES',
      imageUrl: 'https://shop.example/kiondo.svg',
    }
    const expected = { ...line, quantity: 3, found: true, sufficient: true, available: 3 }
    expect(body).toEqual({ available: true, items: [expected] })
    expect(await stockOf(shop, product)).toBe(3)
  })

  it('says which line does not fit, in the order asked', async () => {
    const [few, none, gone] = [
      await addProduct(shop, { stock: 2 }),
      await addProduct(shop, { stock: 0 }),
      await addProduct(shop, { isActive: false }),
    ]
    const ids = [few.id, none.id, gone.id, randomUUID()]
    const { body } = await check(ids.map((productId) => ({ productId, quantity: 2 }))).expect(200)
    expect(body.available).toBe(false)
    const seen = body.items.map((item: Record<string, unknown>) => [item.productId, item.found, item.sufficient])
    expect(seen).toEqual([
      [few.id, true, true],
      [none.id, true, false],
      [gone.id, false, false],
      [ids[3], false, false],
    ])
    expect(body.items[2]).toMatchObject({ available: 0, price: 0, name: '' })
  })

  it('knows an id in any spelling', async () => {
    const { id } = await addProduct(shop)
    const { body } = await check([{ productId: id.toUpperCase(), quantity: 1 }]).expect(200)
    expect(body.items[0]).toMatchObject({ productId: id, found: true })
  })

  it.each([[[]], [[{ productId: 'x', quantity: 1 }]], [[{ productId: randomUUID(), quantity: 0 }]], [undefined]])(
    'answers 400 to %j',
    async (items) => {
      await check(items).expect(400)
    },
  )

  it('answers 100 lines, and 400 to one more', async () => {
    const lines = Array.from({ length: 101 }, () => ({ productId: randomUUID(), quantity: 1 }))
    await check(lines.slice(1)).expect(200)
    await check(lines).expect(400)
  })
})

const internal = ['check-stock', 'reservations', 'reservations/commit', 'reservations/release']

describe('internal endpoints', () => {
  it.each(internal)('%s asks who calls before it looks at what came', async (path) => {
    const post = (authorization?: string) =>
      shop.client
        .post(`/api/internal/${path}`)
        .set(authorization ? { authorization } : {})
        .send({})
    await post().expect(401)
    await post(asUser(randomUUID(), 'admin')).expect(401)
    await post(asService('order', 'payment')).expect(401)
    await post(asService('payment', 'product')).expect(403)
    await post(asService('order', 'product')).expect(400)
  })

  it('let cart check, and nothing else', async () => {
    const authorization = asService('cart', 'product')
    await shop.client.post('/api/internal/check-stock').set({ authorization }).send({}).expect(400)
    for (const path of internal.slice(1)) {
      await shop.client.post(`/api/internal/${path}`).set({ authorization }).send({}).expect(403)
    }
  })
})
