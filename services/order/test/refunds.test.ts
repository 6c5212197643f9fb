import { randomUUID } from 'node:crypto'
import { expectJobs, newCustomer, type Order, placedOrder, report, runJobs, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const applied = { outcome: 'applied', reason: null }

async function paidOrder() {
  const placed = await placedOrder(shop)
  const paymentId = randomUUID()
  expect((await report(shop, placed.order, { paymentId }).expect(200)).body).toEqual(applied)
  return { ...placed, paymentId }
}

/** Payment tells how much of a payment went back. */
async function refund(order: Order, paymentId: string, refundedAmount: number, refundRevision?: number) {
  const part = refundedAmount === 0 ? 'not_refunded' : 'partially_refunded'
  const status = refundedAmount < order.totalAmount ? part : 'refunded'
  return (await report(shop, order, { paymentId, status, refundedAmount, refundRevision }).expect(200)).body
}

const move = (order: Order, status: string) =>
  shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])

async function read({ id, userId }: Order) {
  return (await newCustomer(shop, userId).get(`/${id}`).expect(200)).body.order as Order
}

describe('money that went back', () => {
  it('in part shows in the order, which goes on', async () => {
    const { customer, order, paymentId, productId } = await paidOrder()
    expect(await refund(order, paymentId, 1000.5)).toEqual(applied)
    const partly = { status: 'paid', paymentStatus: 'partially_refunded', refundedAmount: 1000.5 }
    expect(await read(order)).toMatchObject(partly)
    expect(shop.product.stockOf(productId)).toBe(8)
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.at(-1)).toMatchObject({ from: 'paid', to: 'paid', reason: expect.stringContaining('KES 1000.50') })
  })

  it.each([
    ['paid', 10],
    ['processing', 10],
    ['shipped', 8],
    ['delivered', 8],
  ])('as a whole ends an order that is %s, whose stock is back while it is here', async (status, stock) => {
    const { order, paymentId, productId } = await paidOrder()
    await move(order, status)
    expect(await refund(order, paymentId, 3000)).toEqual(applied)
    expect(await read(order)).toMatchObject({ status: 'refunded', paymentStatus: 'refunded', refundedAmount: 3000 })
    expect(shop.product.stockOf(productId)).toBe(stock)
  })

  it('as a whole leaves a cancelled order cancelled', async () => {
    const { order, paymentId } = await paidOrder()
    await move(order, 'cancelled')
    await refund(order, paymentId, 3000)
    expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded', refundedAmount: 3000 })
  })

  it('is told again, and late, without effect', async () => {
    const { order, paymentId, productId } = await paidOrder()
    await Promise.all([500, 1500, 3000, 3000, 1000].map((sum) => refund(order, paymentId, sum)))
    expect(await refund(order, paymentId, 200)).toEqual(applied)
    expect(await read(order)).toMatchObject({ status: 'refunded', paymentStatus: 'refunded', refundedAmount: 3000 })
    expect(shop.product.stockOf(productId)).toBe(10)
    const moves = await shop.rows(`SELECT 1 FROM order_history WHERE order_id = $1 AND to_status = 'refunded'`, [
      order.id,
    ])
    expect(moves).toHaveLength(1)
  })

  it('of another payment changes nothing in the order', async () => {
    const { order } = await paidOrder()
    const second = randomUUID()
    expect((await report(shop, order, { paymentId: second }).expect(200)).body.outcome).toBe('refund_due')
    expect(await refund(order, second, 3000)).toEqual(applied)
    expect((await report(shop, order, { paymentId: second }).expect(200)).body.outcome).toBe('refund_due')
    expect(await read(order)).toMatchObject({ status: 'paid', paymentStatus: 'paid', refundedAmount: 0 })
  })

  it('before the order heard that it came is not taken any more', async () => {
    const { order } = await placedOrder(shop)
    const paymentId = randomUUID()
    await refund(order, paymentId, 3000)
    expect(await read(order)).toMatchObject({ status: 'pending', paymentStatus: 'pending' })
    const { body } = await report(shop, order, { paymentId }).expect(200)
    expect(body).toEqual({ outcome: 'refund_due', reason: expect.stringContaining('went back') })
    expect((await report(shop, order).expect(200)).body).toEqual(applied)
  })

  it('in part before the order heard that it came shows once it has', async () => {
    const { order } = await placedOrder(shop)
    const paymentId = randomUUID()
    await refund(order, paymentId, 1000)
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    expect(await read(order)).toMatchObject({
      status: 'paid',
      paymentStatus: 'partially_refunded',
      refundedAmount: 1000,
    })
  })

  it('gives the stock back by a job where product is down, also if it was not sold yet', async () => {
    const { order, productId } = await placedOrder(shop)
    const paymentId = randomUUID()
    Object.assign(shop.product.moods, { commit: 'down', release: 'down' })
    await report(shop, order, { paymentId }).expect(200)
    await refund(order, paymentId, 3000)
    expect(shop.product.stockOf(productId)).toBe(8)
    shop.reset()
    await runJobs(shop, order.id)
    expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([10, 0])
    await expectJobs(shop, order.id, [])
  })

  it('cannot be more than came, and says how much', async () => {
    const { order, paymentId } = await paidOrder()
    for (const refundedAmount of [undefined, -1, 1.001, 3000.01]) {
      await report(shop, order, { paymentId, status: 'refunded', refundedAmount }).expect(400)
    }
    expect(await read(order)).toMatchObject({ status: 'paid', refundedAmount: 0 })
  })
})

describe('money that went back and did not arrive', () => {
  it.each([
    ['paid', 'cancelled', 10],
    ['processing', 'cancelled', 10],
    ['shipped', 'shipped', 8],
    ['delivered', 'delivered', 8],
    ['cancelled', 'cancelled', 8],
  ])('ends that a %s order counts as refunded: it is %s', async (before, after, stock) => {
    const { customer, order, paymentId, productId } = await paidOrder()
    await move(order, before)
    await refund(order, paymentId, 3000, 1)
    expect(await refund(order, paymentId, 0, 2)).toEqual(applied)
    expect(await read(order)).toMatchObject({ status: after, paymentStatus: 'paid', refundedAmount: 0 })
    expect(shop.product.stockOf(productId)).toBe(stock)
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.at(-1)).toMatchObject({ to: after, reason: expect.stringContaining('KES 3000.00') })
    expect(history.at(-1).reason).toContain('did not arrive')
  })

  it('and then goes back in another way, counts as refunded', async () => {
    const { order, paymentId, productId } = await paidOrder()
    for (const [index, sum] of [3000, 0, 3000].entries()) await refund(order, paymentId, sum, index + 1)
    expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded', refundedAmount: 3000 })
    expect(shop.product.stockOf(productId)).toBe(10)
  })

  it('in part, leaves the rest refunded', async () => {
    const { order, paymentId } = await paidOrder()
    await refund(order, paymentId, 1500, 2)
    await refund(order, paymentId, 500, 3)
    expect(await read(order)).toMatchObject({
      status: 'paid',
      paymentStatus: 'partially_refunded',
      refundedAmount: 500,
    })
  })

  it('is told before what it takes back, and again, without effect of the older report', async () => {
    const { order, paymentId } = await paidOrder()
    for (const [sum, revision] of [
      [0, 2],
      [3000, 1],
      [0, 2],
      [3000, 1],
    ] as const) {
      await refund(order, paymentId, sum, revision)
    }
    expect(await read(order)).toMatchObject({ status: 'paid', paymentStatus: 'paid', refundedAmount: 0 })
    await Promise.all([500, 1500, 0, 700].map((sum, index) => refund(order, paymentId, sum, index + 3)))
    expect(await read(order)).toMatchObject({ paymentStatus: 'partially_refunded', refundedAmount: 700 })
  })

  it('before the order heard of the money at all, it is taken', async () => {
    const { order } = await placedOrder(shop)
    const paymentId = randomUUID()
    await refund(order, paymentId, 3000, 1)
    await refund(order, paymentId, 0, 2)
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    expect(await read(order)).toMatchObject({ status: 'paid', paymentStatus: 'paid', refundedAmount: 0 })
  })
})
