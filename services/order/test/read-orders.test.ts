import { randomUUID } from 'node:crypto'
import { type Customer, newCustomer, type Order, placedOrder, type Shop, startShop } from './support'

let shop: Shop
let customer: Customer
let placed: Order[]

beforeAll(async () => {
  shop = await startShop()
  customer = newCustomer(shop)
  const productId = shop.product.add({ stock: 100 })
  placed = []
  for (let n = 0; n < 7; n++) {
    const { body } = await customer.place({ items: [{ productId, quantity: 1 }] }).expect(201)
    placed.unshift(body.order)
  }
  // Times that meet leave the order of the ids.
  await shop.rows(`UPDATE orders SET created_at = date_trunc('minute', created_at)`)
  for (const status of ['placing', 'rejected']) {
    const { body } = await customer.place({ items: [{ productId, quantity: 1 }] }).expect(201)
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [body.order.id, status])
  }
  await placedOrder(shop)
})
afterAll(() => shop.stop())

const ids = (body: { orders: Order[] }) => body.orders.map(({ id }) => id)
const list = async (query = '') => (await customer.get(query).expect(200)).body

describe('listing orders', () => {
  it('gives one’s own, newest first, with their items, and neither hidden ones nor those of others', async () => {
    const body = await list()
    expect(body).toMatchObject({ currentPage: 1, totalPages: 1, totalOrders: 7, nextCursor: null })
    expect(ids(body)).toEqual(placed.map(({ id }) => id))
    expect(body.orders[0].items).toEqual(placed[0]!.items)
    expect((await newCustomer(shop).get('').expect(200)).body).toMatchObject({
      orders: [],
      totalOrders: 0,
      totalPages: 0,
    })
  })

  it('pages by number and by cursor, without gap or double', async () => {
    const byPage = [
      ...ids(await list('?limit=3')),
      ...ids(await list('?limit=3&page=2')),
      ...ids(await list('?limit=3&page=3')),
    ]
    expect(byPage).toEqual(placed.map(({ id }) => id))
    const byCursor: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const body: { orders: Order[]; nextCursor: string | null } = await list(
        `?limit=3${cursor && `&cursor=${cursor}`}`,
      )
      byCursor.push(...ids(body))
      cursor = body.nextCursor
    }
    expect(byCursor).toEqual(byPage)
    expect(await list('?page=1000000&limit=100')).toMatchObject({ orders: [], totalOrders: 7 })
  })

  it('narrows by status', async () => {
    await shop.rows(`UPDATE orders SET status = 'shipped' WHERE id = $1`, [placed[2]!.id])
    const body = await list('?status=shipped')
    expect([ids(body), body.totalOrders]).toEqual([[placed[2]!.id], 1])
    await shop.rows(`UPDATE orders SET status = 'pending' WHERE id = $1`, [placed[2]!.id])
  })

  it.each(['placing', 'rejected', 'nonsense', '%20'])('knows no status %j', async (status) => {
    await customer.get(`?status=${status}`).expect(400)
  })

  it.each(['limit=0', 'limit=101', 'page=0', 'cursor=x', 'cursor=%20', 'page=1&page=2'])(
    'answers 400 to ?%s',
    async (query) => {
      expect((await customer.get(`?${query}`).expect(400)).body.code).toBe('validation_failed')
    },
  )

  it('answers 400 to forged cursors', async () => {
    const forged = [
      ['0000-01-01T00:00:00.000000Z', randomUUID()],
      ['2024-01-01T00:00:00.000000Z', 'x'],
      ['infinity', randomUUID()],
      [1, 2],
      'text',
    ]
    for (const key of forged) {
      await customer.get(`?cursor=${Buffer.from(JSON.stringify(key)).toString('base64url')}`).expect(400)
    }
  })

  it('needs a user', async () => {
    await shop.client.get('/api/orders').expect(401)
    await shop.client.get('/api/orders').set({ authorization: 'Bearer x.y.z' }).expect(401)
  })
})

describe('reading an order and its history', () => {
  it('is for whose order it is', async () => {
    const [order] = placed as [Order]
    expect((await customer.get(`/${order.id}`).expect(200)).body.order).toMatchObject({
      id: order.id,
      items: order.items,
    })
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    const placing = { from: null, to: 'pending', by: 'customer', note: null, trackingNumber: null }
    expect(history).toEqual([{ ...placing, reason: expect.any(String), at: expect.any(String) }])
    for (const path of ['', '/history']) {
      const stranger = await newCustomer(shop).get(`/${order.id}${path}`).expect(404)
      const missing = await customer.get(`/${randomUUID()}${path}`).expect(404)
      expect({ ...stranger.body, requestId: '', traceId: '' }).toEqual({ ...missing.body, requestId: '', traceId: '' })
      await customer.get(`/1${path}`).expect(404)
      await shop.client.get(`/api/orders/${order.id}${path}`).expect(401)
    }
  })

  it('shows nothing of an order that never came to stand', async () => {
    const hidden = await shop.rows<{ id: string }>(`SELECT id FROM orders WHERE status IN ('placing', 'rejected')`)
    expect(hidden).toHaveLength(2)
    for (const { id } of hidden) {
      await customer.get(`/${id}`).expect(404)
      await customer.get(`/${id}/history`).expect(404)
      await customer.cancel(id).expect(404)
    }
  })
})
