import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { createHoldStock, type Outcome } from '../src/hold-stock'
import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

const tally = (answers: { status: number; body: { code?: string } }[]) => {
  const counts: Record<string, number> = {}
  for (const { status, body } of answers) {
    const what = status === 200 ? 'held' : `${status} ${body.code}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

describe('reserving stock', () => {
  it('holds every line of an attempt', async () => {
    const [a, b] = [await addProduct(shop, { stock: 5 }), await addProduct(shop, { stock: 3 })]
    const { key, reserve } = attemptOf(shop, [lineOf(a, 2), lineOf(b, 3)])
    expect((await reserve().expect(200)).body).toEqual({ reservation: { ...key, status: 'active' } })
    expect([await stockOf(shop, a), await stockOf(shop, b)]).toEqual([3, 0])
    const lines = await shop.rows('SELECT 1 FROM reservation_lines WHERE order_id = $1', [key.orderId])
    expect(lines).toHaveLength(2)
  })

  it('holds all lines or none', async () => {
    const [enough, short] = [await addProduct(shop, { stock: 5 }), await addProduct(shop, { stock: 1 })]
    const { key, reserve } = attemptOf(shop, [lineOf(enough, 1), lineOf(short, 2)])
    const { body } = await reserve().expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 1, productId: short.id })
    expect(body.items).toEqual([{ productId: short.id, quantity: 2, available: 1 }])
    expect([await stockOf(shop, enough), await stockOf(shop, short)]).toEqual([5, 1])
    expect(await shop.rows('SELECT 1 FROM reservations WHERE order_id = $1', [key.orderId])).toEqual([])
  })

  it.each(['withdrawn', 'unknown'])('holds nothing of an order with a product that is %s', async (kind) => {
    const [a, b] = [await addProduct(shop, { stock: 5 }), await addProduct(shop, { isActive: kind === 'unknown' })]
    const gone = kind === 'unknown' ? { ...b, id: randomUUID() } : b
    const { body } = await attemptOf(shop, [lineOf(a, 1), lineOf(gone, 1)])
      .reserve()
      .expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 0, productId: gone.id })
    expect(await stockOf(shop, a)).toBe(5)
  })

  it('answers the same attempt the same, also at once, also when it is committed', async () => {
    const product = await addProduct(shop, { stock: 10 })
    const { reserve, commit } = attemptOf(shop, [lineOf(product, 4)])
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => reserve()))
    expect(tally(answers)).toEqual({ held: 5 })
    expect(await stockOf(shop, product)).toBe(6)
    await commit().expect(200)
    expect((await reserve().expect(200)).body.reservation.status).toBe('committed')
    expect(await stockOf(shop, product)).toBe(6)
  })

  it('adds up a product that stands in several lines, in any spelling', async () => {
    const product = await addProduct(shop, { stock: 5 })
    const shout = { ...product, id: product.id.toUpperCase() }
    const tooMany = attemptOf(shop, [lineOf(product, 3), lineOf(shout, 3)])
    expect((await tooMany.reserve().expect(409)).body).toMatchObject({ available: 5 })
    await attemptOf(shop, [lineOf(product, 2), lineOf(shout, 3)])
      .reserve()
      .expect(200)
    expect(await stockOf(shop, product)).toBe(0)
  })

  it('refuses a price that is no longer so, and holds at any price where none is given', async () => {
    const product = await addProduct(shop, { price: 19.99, stock: 5 })
    await attemptOf(shop, [lineOf(product, 1)])
      .reserve()
      .expect(200)
    await shop.asAdmin('patch', `/api/products/${product.id}`, { price: 20 }).expect(200)
    const { body } = await attemptOf(shop, [lineOf(product, 1)])
      .reserve()
      .expect(409)
    expect(body).toMatchObject({ code: 'price_changed', items: [{ productId: product.id, price: 20 }] })
    await attemptOf(shop, [lineOf(product, 1, null)])
      .reserve()
      .expect(200)
    expect(await stockOf(shop, product)).toBe(3)
  })

  it('refuses an attempt that was released before it came, and takes the next one', async () => {
    const product = await addProduct(shop, { stock: 5 })
    const first = attemptOf(shop, [lineOf(product, 1)])
    await first.release().expect(200)
    expect((await first.reserve().expect(409)).body.code).toBe('reservation_released')
    expect(await stockOf(shop, product)).toBe(5)
    await attemptOf(shop, [lineOf(product, 1)], { ...first.key, attempt: 2 })
      .reserve()
      .expect(200)
    expect(await stockOf(shop, product)).toBe(4)
  })

  it('tries a refused attempt anew: it held nothing', async () => {
    const product = await addProduct(shop, { stock: 0 })
    const { reserve } = attemptOf(shop, [lineOf(product, 1)])
    await reserve().expect(409)
    await shop.asAdmin('post', `/api/products/${product.id}/stock`, { delta: 1, reason: 'came in' }).expect(200)
    await reserve().expect(200)
  })

  it.each([
    { orderId: 'x' },
    { attempt: 0 },
    { attempt: 1.5 },
    { attempt: 1e10 },
    { items: [] },
    { items: [{ productId: randomUUID(), quantity: 10_001, price: 1 }] },
    { items: [{ productId: randomUUID(), quantity: 1, price: 1.005 }] },
    { items: [{ productId: randomUUID(), quantity: 1 }] },
  ])('answers 400 to %j', async (part) => {
    const items = [{ productId: randomUUID(), quantity: 1, price: null }]
    await shop.asOrder('reservations', { orderId: randomUUID(), attempt: 1, items, ...part }).expect(400)
  })
})

describe('at the same moment', () => {
  it('50 of 200 buyers get one of 50 pieces, the others a clear no', async () => {
    const product = await addProduct(shop, { stock: 50 })
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => attemptOf(shop, [lineOf(product, 1)]).reserve()),
    )
    expect(tally(answers)).toEqual({ held: 50, '409 insufficient_stock': 150 })
    expect(await stockOf(shop, product)).toBe(0)
    const sql = 'SELECT 1 FROM reservation_lines JOIN reservations USING (order_id, attempt) WHERE product_id = $1'
    expect(await shop.rows(sql, [product.id])).toHaveLength(50)
  })

  it('so they do where two instances of the service take them in', async () => {
    const product = await addProduct(shop, { stock: 50 })
    const instances = [createHoldStock(shop.database), createHoldStock(shop.database)]
    const crowd = Array.from({ length: 200 }, (_, n) => instances[n % 2]!(attemptAt(product, 1)))
    const outcomes = await Promise.all(crowd)
    expect(outcomes.filter(({ status }) => status === 'active')).toHaveLength(50)
    expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(150)
    expect(await stockOf(shop, product)).toBe(0)
  })

  it('each order of a crowd gets all of its lines or none, those first that came first', async () => {
    const [hot, rare] = [await addProduct(shop, { stock: 7 }), await addProduct(shop, { stock: 2 })]
    const crowd = [
      [lineOf(hot, 1)],
      [lineOf(hot, 2), lineOf(rare, 3)],
      [lineOf(hot, 3), lineOf(rare, 2)],
      [lineOf(hot, 1, hot.price + 1)],
      [lineOf(hot, 4)],
      [lineOf(hot, 3)],
      [lineOf(rare, 1)],
    ].map((lines) => ({ orderId: randomUUID(), attempt: 1, lines }))
    const sql = 'SELECT reserve_orders($1::jsonb) AS outcomes'
    const [row] = await shop.rows<{ outcomes: Outcome[] }>(sql, [JSON.stringify(crowd)])
    const refused = (productId: string, quantity: number, available: number, price = '1499.50') => ({
      status: 'refused',
      lines: [{ productId, quantity, available, price }],
    })
    expect(row!.outcomes).toEqual([
      { status: 'active' },
      refused(rare.id, 3, 2),
      { status: 'active' },
      refused(hot.id, 1, 3),
      refused(hot.id, 4, 3),
      { status: 'active' },
      refused(rare.id, 1, 0),
    ])
    expect([await stockOf(shop, hot), await stockOf(shop, rare)]).toEqual([0, 0])
    const [again] = await shop.rows<{ outcomes: Outcome[] }>(sql, [JSON.stringify(crowd.slice(0, 4))])
    expect(again!.outcomes.map(({ status }) => status)).toEqual(['active', 'refused', 'active', 'refused'])
  })

  it('one that breaks the statement of a crowd costs the others nothing', async () => {
    const product = await addProduct(shop, { stock: 40 })
    const standing = attemptOf(shop, [lineOf(product, 1)])
    await standing.reserve().expect(200)
    // Its first attempt still holds what it held, so a second one must not hold anything.
    const second = attemptOf(shop, [lineOf(product, 1)], { ...standing.key, attempt: 2 })
    const others = Array.from({ length: 30 }, () => attemptOf(shop, [lineOf(product, 1)]))
    const answers = await Promise.all(
      [...others.slice(0, 15), second, ...others.slice(15)].map((each) => each.reserve()),
    )
    expect(tally(answers)).toEqual({ held: 30, '500 internal_error': 1 })
    expect(await stockOf(shop, product)).toBe(9)
  })

  it('orders of the same products in opposite order all get through, and so do their commits and releases', async () => {
    const products = [await addProduct(shop, { stock: 500 }), await addProduct(shop, { stock: 500 })]
    const orders = Array.from({ length: 40 }, (_, n) => {
      const lines = products.map((product) => lineOf(product, 1))
      return attemptOf(shop, n % 2 ? lines : lines.reverse())
    })
    const run = async ({ reserve, commit, release }: (typeof orders)[number], n: number) => [
      await reserve(),
      await commit(),
      ...(n % 4 === 0 ? [await release()] : []),
    ]
    const answers = (await Promise.all(orders.map(run))).flat()
    expect(tally(answers)).toEqual({ held: 90 })
    expect(await stockOf(shop, products[0]!)).toBe(470)
    expect(await stockOf(shop, products[1]!)).toBe(470)
  })

  it('a reserve and the release of its attempt leave nothing held, whichever is first', async () => {
    const product = await addProduct(shop, { stock: 20 })
    const orders = Array.from({ length: 20 }, () => attemptOf(shop, [lineOf(product, 1)]))
    const answers = await Promise.all(
      orders.flatMap((o, n) => (n % 2 ? [o.release(), o.reserve()] : [o.reserve(), o.release()])),
    )
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    expect(await stockOf(shop, product)).toBe(20)
    const standing = `SELECT 1 FROM reservations r JOIN reservation_lines l USING (order_id, attempt)
      WHERE l.product_id = $1 AND r.status <> 'released'`
    expect(await shop.rows(standing, [product.id])).toEqual([])
  })

  it('reserves, commits and releases never deadlock, in whatever order rows are found', async () => {
    await scanTablesInHeapOrder(shop)
    const products = await Promise.all([1, 2, 3, 4].map(() => addProduct(shop, { stock: 1000 })))
    const shopAround = async (ids: string[]) => {
      for (let n = 0; n < 20; n++) await buyAndReturn(shop, ids)
    }
    const ids = products.map(({ id }) => id)
    await Promise.all(Array.from({ length: 10 }, (_, n) => shopAround(n % 2 ? ids : [...ids].reverse())))
    for (const product of products) expect(await stockOf(shop, product)).toBe(1000)
  })
})

const attemptAt = ({ id }: { id: string }, quantity: number) => ({
  orderId: randomUUID(),
  attempt: 1,
  lines: [{ productId: id, quantity, price: null }],
})

/** Indexes would hand rows out in the order of their ids, and so hide a lock that is taken without it. */
async function scanTablesInHeapOrder({ rows }: Catalogue): Promise<void> {
  const [found] = await rows<{ name: string }>('SELECT current_database() AS name')
  for (const scan of ['indexscan', 'indexonlyscan', 'bitmapscan']) {
    await rows(`ALTER DATABASE ${found!.name} SET enable_${scan} = off`)
  }
  // The setting holds for new connections.
  await rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`)
  const askAll = () => Promise.all(Array.from({ length: 20 }, () => rows('SELECT 1')))
  await eventually('only living connections in the pool', () =>
    askAll().then(
      () => true,
      () => false,
    ),
  )
}

/** Straight at the functions, so that as many as possible meet. */
async function buyAndReturn({ rows }: Catalogue, ids: string[]): Promise<void> {
  const lines = ids.map((productId) => ({ productId, quantity: 1, price: null }))
  const crowd = [lines, lines.slice(2), [...lines].reverse()].map((each) => ({
    orderId: randomUUID(),
    attempt: 1,
    lines: each,
  }))
  await rows('SELECT reserve_orders($1::jsonb)', [JSON.stringify(crowd)])
  for (const { orderId } of crowd) {
    await rows('SELECT commit_stock($1::uuid, 1)', [orderId])
    await rows('SELECT release_stock($1::uuid, 1, $2)', [orderId, 'Sent back.'])
  }
}
