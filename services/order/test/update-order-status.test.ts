import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import { decisionsOf, expectJobs, placedOrder, report, runJobs, type Shop, startShop, statusOf } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const applied = { outcome: 'applied', reason: null }
const refundDue = { outcome: 'refund_due', reason: expect.any(String) }

describe('money for a pending order', () => {
  it('makes it paid and its stock sold', async () => {
    const { customer, order } = await placedOrder(shop)
    const paymentId = randomUUID()
    const { body } = await report(shop, order, { paymentId }).expect(200)
    expect(body).toEqual(applied)
    const read = (await customer.get(`/${order.id}`).expect(200)).body.order
    expect(read).toMatchObject({ status: 'paid', paymentStatus: 'paid', paymentMethod: 'mpesa', expiresAt: null })
    expect(shop.product.statusOf(order.id)).toBe('committed')
    await expectJobs(shop, order.id, [])
    const [row] = await shop.rows('SELECT payment_id FROM orders WHERE id = $1', [order.id])
    expect(row).toEqual({ payment_id: paymentId })
  })

  it('told again, or by several at once, answers the same and does it once', async () => {
    const { order, productId } = await placedOrder(shop)
    const paymentId = randomUUID()
    const answers = await Promise.all([1, 2, 3, 4].map(() => report(shop, order, { paymentId })))
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 200, body: applied })
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    const moves = await shop.rows(`SELECT 1 FROM order_history WHERE order_id = $1 AND to_status = 'paid'`, [order.id])
    expect(moves).toHaveLength(1)
    expect(shop.product.stockOf(productId)).toBe(8)
  })

  it.each([
    ['less', { amount: 2999 }],
    ['more', { amount: 3000.01 }],
    ['a fraction of a cent', { amount: 3000.001 }],
    ['nothing', { amount: 0 }],
    ['a debt', { amount: -3000 }],
    ['more than can be', { amount: 1e300 }],
    ['other money', { currency: 'USD' }],
  ])('of %s is due back, for good', async (_what, other) => {
    const { order } = await placedOrder(shop)
    const paymentId = randomUUID()
    expect((await report(shop, order, { paymentId, ...other }).expect(200)).body).toEqual(refundDue)
    expect(await statusOf(shop, order.id)).toBe('pending')
    // The decision stands, whatever the same payment says later.
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(refundDue)
    expect(await statusOf(shop, order.id)).toBe('pending')
    expect((await report(shop, order).expect(200)).body).toEqual(applied)
  })

  it('from a second payment is due back', async () => {
    const { order } = await placedOrder(shop)
    const answers = await Promise.all([report(shop, order), report(shop, order), report(shop, order)])
    expect(answers.map(({ body }) => body.outcome).sort()).toEqual(['applied', 'refund_due', 'refund_due'])
    expect(answers.find(({ body }) => body.outcome === 'refund_due')?.body.reason).toMatch(/another payment/)
    expect(await decisionsOf(shop, order)).toHaveLength(3)
  })

  it('commits the stock by a job where product is down', async () => {
    const { order } = await placedOrder(shop)
    shop.product.moods.commit = 'down'
    expect((await report(shop, order).expect(200)).body).toEqual(applied)
    expect(shop.product.statusOf(order.id)).toBe('active')
    await expectJobs(shop, order.id, [{ task: 'commit-stock' }])
    shop.reset()
    await runJobs(shop, order.id)
    expect(shop.product.statusOf(order.id)).toBe('committed')
  })
})

describe('money for an order that cannot take any', () => {
  it.each(['processing', 'shipped', 'delivered', 'refunded', 'rejected', 'placing'])(
    '(%s) is due back',
    async (status) => {
      const { order } = await placedOrder(shop)
      await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])
      const { body } = await report(shop, order).expect(200)
      expect(body).toEqual(refundDue)
      expect(body.reason).not.toMatch(/cancelled/)
      expect(await statusOf(shop, order.id)).toBe(status)
    },
  )
})

describe('the endpoints for payment', () => {
  it('read an order as payment needs it, and hide what is hidden', async () => {
    const { order } = await placedOrder(shop)
    const read = (id: string) =>
      shop.client.get(`/api/internal/orders/${id}`).set({ authorization: asService('payment', 'order') })
    const { id, orderNumber, userId, totalAmount } = order
    const standing = { status: 'pending', paymentStatus: 'pending', totalAmount, currency: 'KES' }
    const traceparent = expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/)
    expect((await read(id).expect(200)).body).toEqual({ order: { id, orderNumber, userId, ...standing, traceparent } })
    for (const status of ['placing', 'rejected']) {
      await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [id, status])
      await read(id).expect(404)
    }
    await read(randomUUID()).expect(404)
    await read('1').expect(404)
  })

  it('ask who calls before anything else', async () => {
    const { order } = await placedOrder(shop)
    const path = `/api/internal/orders/${order.id}`
    await shop.client.get(path).expect(401)
    await shop.client.post('/api/internal/update-status').send({}).expect(401)
    for (const authorization of [asUser(order.userId, 'admin'), asService('payment', 'product')]) {
      await shop.client.get(path).set({ authorization }).expect(401)
      await report(shop, order, {}, authorization).expect(401)
    }
    const authorization = asService('cart', 'order')
    await shop.client.get(path).set({ authorization }).expect(403)
    await report(shop, order, {}, authorization).expect(403)
    expect(await statusOf(shop, order.id)).toBe('pending')
  })

  it('answer 404 to an order that is none and 400 to what is no report', async () => {
    const { order } = await placedOrder(shop)
    await report(shop, order, { orderId: randomUUID() }).expect(404)
    for (const part of [
      { status: 'refunded' },
      { status: 'lost' },
      { paymentId: 'x' },
      { provider: 'barter' },
      { amount: '3000' },
    ]) {
      await report(shop, order, part).expect(400)
    }
  })
})
