import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

const adjust = (id: string, delta: unknown, reason: unknown = 'Counted again') =>
  shop.asAdmin('post', `/api/products/${id}/stock`, { delta, reason })

describe('adjusting stock', () => {
  it('adds and takes, with who and why', async () => {
    const { id } = await addProduct(shop, { stock: 2 })
    expect((await adjust(id, 5).expect(200)).body.product.stock).toBe(7)
    expect((await adjust(id, -7, 'Broken').expect(200)).body.product.stock).toBe(0)
    const rows = await shop.rows(
      `SELECT available_delta, reason, actor FROM stock_movements WHERE product_id = $1 AND kind = 'adjustment' ORDER BY id`,
      [id],
    )
    const actor = shop.adminId
    expect(rows).toEqual([
      { available_delta: 5, reason: 'Counted again', actor },
      { available_delta: -7, reason: 'Broken', actor },
    ])
  })

  it('takes pieces back and writes them off, each under its name', async () => {
    const { id } = await addProduct(shop, { stock: 2 })
    const path = `/api/products/${id}/stock`
    const move = (kind: string, delta: number) => shop.asAdmin('post', path, { delta, kind, reason: 'Wet box' })
    await move('return', 3).expect(200)
    expect((await move('write_off', -4).expect(200)).body.product.stock).toBe(1)
    await move('return', -1).expect(400)
    await move('write_off', 1).expect(400)
    await move('reserve', 1).expect(400)
    const rows = await shop.rows(
      `SELECT kind, available_delta FROM stock_movements WHERE product_id = $1 AND kind <> 'opening' ORDER BY id`,
      [id],
    )
    expect(rows).toEqual([
      { kind: 'return', available_delta: 3 },
      { kind: 'write_off', available_delta: -4 },
    ])
  })

  it('sets what was counted, beside what orders hold', async () => {
    const product = await addProduct(shop, { stock: 5 })
    await attemptOf(shop, [lineOf(product, 3)])
      .reserve()
      .expect(200)
    const path = `/api/products/${product.id}/stock`
    for (const _time of [1, 2]) {
      const { body } = await shop.asAdmin('post', path, { count: 7, reason: 'Yearly count' }).expect(200)
      expect(body.product.stock).toBe(7)
    }
    const rows = await shop.rows(
      `SELECT available_delta, reason FROM stock_movements WHERE product_id = $1 AND kind = 'adjustment'`,
      [product.id],
    )
    expect(rows).toEqual([{ available_delta: 5, reason: 'Yearly count' }])
    const bad = [{}, { count: 1, delta: 1 }, { count: -1 }, { count: 1, kind: 'return' }]
    for (const body of bad) await shop.asAdmin('post', path, { reason: 'x', ...body }).expect(400)
  })

  it('never takes what orders hold', async () => {
    const product = await addProduct(shop, { stock: 5 })
    await attemptOf(shop, [lineOf(product, 3)])
      .reserve()
      .expect(200)
    const { body } = await adjust(product.id, -3).expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 2 })
    expect(await stockOf(shop, product)).toBe(2)
  })

  it('lets no two at once take the same piece', async () => {
    const product = await addProduct(shop, { stock: 5 })
    const answers = await Promise.all(Array.from({ length: 8 }, () => adjust(product.id, -1)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3)
    expect(await stockOf(shop, product)).toBe(0)
  })

  it('holds no more than a column does', async () => {
    const { id } = await addProduct(shop, { stock: 1_000_000_000 })
    expect((await adjust(id, 1).expect(422)).body.code).toBe('stock_too_large')
  })

  it('answers 401, 404, 403 and 400, in this order', async () => {
    const { id } = await addProduct(shop)
    await shop.client.post(`/api/products/${id}/stock`).send({}).expect(401)
    await adjust('1', 0).expect(404)
    await shop.client.post(`/api/products/${id}/stock`).set({ authorization: asUser() }).send({}).expect(403)
    await adjust(randomUUID(), 0).expect(404)
    for (const delta of [0, 1.5, '1', 1e10, null]) await adjust(id, delta).expect(400)
    for (const reason of ['', null, 'a\u0000']) await adjust(id, 1, reason).expect(400)
  })
})

describe('stock movements', () => {
  const movements = (id: string, query = '') => shop.asAdmin('get', `/api/products/${id}/stock-movements${query}`)

  it('tell every change, newest first, of this product only', async () => {
    const product = await addProduct(shop, { stock: 5 })
    await addProduct(shop, { stock: 5 })
    const order = attemptOf(shop, [lineOf(product, 2)])
    await order.reserve().expect(200)
    await order.commit().expect(200)
    await order.release().expect(200)
    const { body } = await movements(product.id).expect(200)
    expect(body).toMatchObject({ currentPage: 1, totalPages: 1, totalMovements: 4, nextCursor: null })
    const { orderId } = order.key
    const common = { id: expect.any(String), productId: product.id, createdAt: expect.any(String) }
    const moved = (kind: string, reason: string, [availableDelta, heldDelta, soldDelta]: number[]) => {
      const deltas = { availableDelta, heldDelta, soldDelta }
      return { ...common, kind, reason, ...deltas, orderId, actor: 'order' }
    }
    expect(body.movements).toEqual([
      moved('release', 'The order does not stand.', [2, 0, -2]),
      moved('commit', 'Sold by an order.', [0, -2, 2]),
      moved('reserve', 'Held for an order.', [-2, 2, 0]),
      { ...moved('opening', 'first stock', [5, 0, 0]), orderId: null, actor: shop.adminId },
    ])
  })

  it('come in pages, by number or by cursor, without gap or double', async () => {
    const { id } = await addProduct(shop, { stock: 1 })
    for (let n = 1; n <= 6; n++) await adjust(id, n).expect(200)
    await shop.rows(`UPDATE stock_movements SET created_at = date_trunc('minute', created_at) WHERE product_id = $1`, [
      id,
    ])
    const whole = (await movements(id).expect(200)).body.movements
    const second = await movements(id, '?limit=3&page=2').expect(200)
    expect(second.body).toMatchObject({ totalPages: 3, currentPage: 2, movements: whole.slice(3, 6) })
    const first = await movements(id, '?limit=3').expect(200)
    const next = await movements(id, `?limit=3&cursor=${first.body.nextCursor}`).expect(200)
    expect([...first.body.movements, ...next.body.movements]).toEqual(whole.slice(0, 6))
    const last = await movements(id, `?limit=3&cursor=${next.body.nextCursor}`).expect(200)
    expect(last.body).toMatchObject({ movements: whole.slice(6), nextCursor: null })
  })

  it('are for admins, and of a product that there is', async () => {
    const { id } = await addProduct(shop)
    await shop.client.get(`/api/products/${id}/stock-movements`).expect(401)
    await shop.client.get(`/api/products/${id}/stock-movements`).set({ authorization: asUser() }).expect(403)
    await movements(randomUUID(), '?limit=0').expect(404)
    await movements(id, '?cursor=nonsense').expect(400)
    await movements(id, '?limit=0').expect(400)
    const yearNought = Buffer.from(JSON.stringify(['0000-01-01T00:00:00.000000Z', id])).toString('base64url')
    await movements(id, `?cursor=${yearNought}`).expect(400)
  })
})
