import { randomUUID } from 'node:crypto'
import { queryRows } from '@duka/kit'
import { asUser } from '@duka/testkit'
import { newCustomer, type Order, placedOrder, report, type Shop, startShop } from './support'

let shop: Shop
let placed: Order[]

const authorization = asUser(randomUUID(), 'admin')
const get = (path: string) => shop.client.get(`/api/admin/orders${path}`).set({ authorization })
const list = async (query: Record<string, string> = {}) =>
  (await get(`?${new URLSearchParams(query)}`).expect(200)).body
const ids = (body: { orders: Order[] }) => body.orders.map(({ id }) => id)

beforeAll(async () => {
  shop = await startShop()
  placed = []
  for (let n = 0; n < 6; n++) placed.unshift((await placedOrder(shop)).order)
  // Times that meet leave the order of the ids.
  await shop.rows(`UPDATE orders SET created_at = date_trunc('hour', now())`)
  for (const status of ['placing', 'rejected']) {
    const { order } = await placedOrder(shop)
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])
  }
})
afterAll(() => shop.stop())

describe('the list of all orders', () => {
  it('gives everybody’s, newest first, but for those that never came to stand', async () => {
    const body = await list()
    expect(body).toMatchObject({ currentPage: 1, totalPages: 1, totalOrders: 6, nextCursor: null })
    expect(ids(body)).toEqual(placed.map(({ id }) => id))
    expect(body.orders[0]).toEqual({ ...placed[0], createdAt: expect.any(String), paymentId: null })
  })

  it('pages by number and by cursor, without gap or double', async () => {
    const byPage = [...ids(await list({ limit: '4' })), ...ids(await list({ limit: '4', page: '2' }))]
    const byCursor: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const body = await list({ limit: '4', ...(cursor && { cursor }) })
      byCursor.push(...ids(body))
      cursor = body.nextCursor
    }
    expect([byPage, byCursor]).toEqual([placed.map(({ id }) => id), byPage])
  })

  it('narrows by status, by payment status and by time, and by all at once', async () => {
    const [first, second] = placed as [Order, Order]
    await report(shop, first).expect(200)
    expect(ids(await list({ status: 'paid' }))).toEqual([first.id])
    expect(ids(await list({ paymentStatus: 'paid' }))).toEqual([first.id])
    expect((await list({ paymentStatus: 'pending' })).totalOrders).toBe(5)
    await shop.rows(`UPDATE orders SET created_at = '2024-03-01T10:00:00Z' WHERE id = $1`, [second.id])
    const day = { from: '2024-03-01T12:00:00+03:00', to: '2024-03-01T10:00:00.001Z' }
    expect(ids(await list(day))).toEqual([second.id])
    expect(ids(await list({ ...day, to: '2024-03-01T10:00:00Z' }))).toEqual([])
    expect(ids(await list({ ...day, status: 'pending', search: second.orderNumber }))).toEqual([second.id])
    expect(ids(await list({ ...day, status: 'paid' }))).toEqual([])
  })

  it('finds an order by its number however it is typed, and by the beginning of that', async () => {
    const { id, orderNumber } = placed[2]!
    const [, one, two] = orderNumber.split('-') as [string, string, string]
    const typed = [
      orderNumber,
      orderNumber.toLowerCase(),
      `dk ${one} ${two}`,
      `${one}${two}`,
      `${one}-${two.slice(0, 2)}`,
    ]
    for (const search of typed) expect([search, ids(await list({ search }))]).toEqual([search, [id]])
    expect(ids(await list({ search: one }))).toContain(id)
    expect(ids(await list({ search: `${orderNumber}X` }))).toEqual([])
  })

  it('finds orders by the ids of an order, a user and a payment, and by a parcel’s number', async () => {
    const { id, userId } = placed[3]!
    const paymentId = randomUUID()
    await shop.rows(`UPDATE orders SET tracking_number = 'G4S 1%_2', payment_id = $2 WHERE id = $1`, [id, paymentId])
    for (const search of [id, userId.toUpperCase(), paymentId, 'G4S 1%_2']) {
      const body = await list({ search })
      expect([search, ids(body), body.totalOrders]).toEqual([search, [id], 1])
    }
    for (const search of [randomUUID(), 'G4S 1%_3', '%', '_', '???', "'; DROP TABLE orders"]) {
      expect([search, (await list({ search })).totalOrders]).toEqual([search, 0])
    }
  })

  it.each(['status=placing', 'paymentStatus=x', 'from=yesterday', 'search=%20', 'limit=101', 'cursor=x'])(
    'answers 400 to ?%s',
    async (query) => {
      expect((await get(`?${query}`).expect(400)).body.code).toBe('validation_failed')
    },
  )

  it('takes an empty filter as none', async () => {
    const [all, unfiltered] = await Promise.all([
      get('').expect(200),
      get('?status=&paymentStatus=&search=&from=').expect(200),
    ])
    expect(unfiltered.body.totalOrders).toBe(all.body.totalOrders)
  })

  it('reads no table whole, whatever it is asked', async () => {
    const { id, orderNumber } = placed[0]!
    const statements: string[] = []
    const { options } = shop.deps.database as unknown as { options: { logging: false | ((sql: string) => void) } }
    options.logging = (sql) => void statements.push(sql)
    const queries: Record<string, string>[] = [
      {},
      { status: 'paid' },
      { paymentStatus: 'paid' },
      { search: orderNumber },
      { search: id },
    ]
    for (const query of queries) await list(query)
    options.logging = false
    const pages = statements.filter((sql) => sql.includes('cursor_time'))
    expect(pages).toHaveLength(queries.length)
    for (const [at, sql] of pages.entries()) {
      const values = [[], ['paid'], ['paid'], [`${orderNumber}%`, orderNumber], [id, id, id]][at]!
      expect(await planOf(sql, values)).not.toContain('Seq Scan')
    }
  })
})

/** With sequential scans made dear, one that is left has no index to take its place. */
function planOf(sql: string, values: string[]): Promise<string> {
  return shop.deps.database.transaction(async (transaction) => {
    await queryRows(shop.deps.database, 'SET LOCAL enable_seqscan = off', [], transaction)
    const rows = await queryRows<Record<string, string>>(shop.deps.database, `EXPLAIN ${sql}`, values, transaction)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
}

describe('reading anybody’s order', () => {
  it('shows it to the shop, with the payment that paid it', async () => {
    const { order } = await placedOrder(shop)
    const paymentId = randomUUID()
    await report(shop, order, { paymentId }).expect(200)
    const { body } = await get(`/${order.id}`).expect(200)
    expect(body.order).toMatchObject({
      id: order.id,
      userId: order.userId,
      items: order.items,
      paymentId,
      status: 'paid',
    })
  })

  it('hides what never came to stand', async () => {
    const hidden = await shop.rows<{ id: string }>(`SELECT id FROM orders WHERE status IN ('placing', 'rejected')`)
    for (const { id } of [...hidden, { id: randomUUID() }, { id: '1' }]) await get(`/${id}`).expect(404)
    expect(hidden).toHaveLength(2)
  })
})

test('all of it is for the shop only', async () => {
  for (const path of ['', `/${placed[0]!.id}`]) {
    await shop.client.get(`/api/admin/orders${path}`).expect(401)
    const customer = newCustomer(shop, placed[0]!.userId)
    const answer = await shop.client.get(`/api/admin/orders${path}`).set({ authorization: asUser(customer.id) })
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
  }
})
