import { randomUUID } from 'node:crypto'
import { jobsOf, newCustomer, placedOrder, report, runJobs, type Shop, startShop, statusOf } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

describe('cancelling an order', () => {
  it('gives the stock back before it answers, and says why in the history', async () => {
    const { customer, productId, order } = await placedOrder(shop)
    const { body } = await customer.cancel(order.id, { reason: 'Too dear' }).expect(200)
    expect(body).toEqual({
      message: expect.any(String),
      order: { ...order, status: 'cancelled', expiresAt: null, updatedAt: expect.any(String) },
    })
    expect(shop.product.stockOf(productId)).toBe(10)
    expect(shop.payment.asked).toContain(order.id)
    expect(await jobsOf(shop, order.id)).toEqual([])
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.at(-1)).toMatchObject({
      from: 'pending',
      to: 'cancelled',
      reason: expect.stringContaining('Too dear'),
    })
  })

  it('twice is once', async () => {
    const { customer, productId, order } = await placedOrder(shop)
    const first = await customer.cancel(order.id).expect(200)
    const second = await customer.cancel(order.id).expect(200)
    expect(second.body).toEqual(first.body)
    expect(shop.product.stockOf(productId)).toBe(10)
  })

  it('by several at once is once, and says so to each', async () => {
    const { customer, productId, order } = await placedOrder(shop)
    const answers = await Promise.all([1, 2, 3, 4].map(() => customer.cancel(order.id)))
    expect(answers.map(({ status, body }) => [status, body.order?.status])).toEqual(
      answers.map(() => [200, 'cancelled']),
    )
    expect(shop.product.stockOf(productId)).toBe(10)
    const moves = await shop.rows(`SELECT 1 FROM order_history WHERE order_id = $1 AND to_status = 'cancelled'`, [
      order.id,
    ])
    expect(moves).toHaveLength(1)
  })

  it.each(['down', 'silent', 'cut'] as const)('does not need payment, which is %s', async (mood) => {
    const { customer, productId, order } = await placedOrder(shop)
    shop.payment.mood = mood
    await customer.cancel(order.id).expect(200)
    expect(shop.product.stockOf(productId)).toBe(10)
  })

  it('goes ahead while a prompt may still be answered: that would be late money', async () => {
    const { customer, order } = await placedOrder(shop)
    shop.payment.outcome = 'pending'
    await customer.cancel(order.id).expect(200)
    expect(await statusOf(shop, order.id)).toBe('cancelled')
  })

  it('is refused where the money has come, also before order hears of it', async () => {
    const { customer, productId, order } = await placedOrder(shop)
    shop.payment.outcome = 'paid'
    expect((await customer.cancel(order.id).expect(409)).body.code).toBe('order_not_cancellable')
    await report(shop, order).expect(200)
    shop.payment.outcome = 'closed'
    expect((await customer.cancel(order.id).expect(409)).body.code).toBe('order_not_cancellable')
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['paid', 8])
  })

  it.each(['paid', 'processing', 'shipped', 'delivered', 'refunded'])('is refused once it is %s', async (status) => {
    const { customer, order } = await placedOrder(shop)
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])
    expect((await customer.cancel(order.id).expect(409)).body.code).toBe('order_not_cancellable')
    expect(await statusOf(shop, order.id)).toBe(status)
  })

  it('takes an order that is to be paid in cash too', async () => {
    const { customer, productId, order } = await placedOrder(shop)
    await shop.rows(`UPDATE orders SET status = 'confirmed' WHERE id = $1`, [order.id])
    await customer.cancel(order.id).expect(200)
    expect(shop.product.stockOf(productId)).toBe(10)
  })

  it.each(['down', 'silent'] as const)('gives the stock back by a job where product is %s', async (mood) => {
    const { customer, productId, order } = await placedOrder(shop)
    shop.product.moods.release = mood
    await customer.cancel(order.id).expect(200)
    expect(await jobsOf(shop, order.id)).toEqual([{ task: 'release-stock', key: `release-stock:${order.id}:1` }])
    shop.reset()
    await runJobs(shop, order.id)
    expect(shop.product.stockOf(productId)).toBe(10)
    expect(await jobsOf(shop, order.id)).toEqual([])
  })

  it('or paying it, never both, when both come at once', async () => {
    const placed = await Promise.all(Array.from({ length: 6 }, () => placedOrder(shop)))
    const outcomes = await Promise.all(
      placed.map(async ({ customer, order, productId }, n) => {
        const money = () => report(shop, order).then((answer) => answer)
        const stop = () => customer.cancel(order.id).then((answer) => answer)
        const [a, b] = await Promise.all(n % 2 ? [money(), stop()] : [stop(), money()])
        return { statuses: [a.status, b.status].sort(), status: await statusOf(shop, order.id), order, productId }
      }),
    )
    // Cancelled first, the money is late; the stock is still there, so it is taken all the same.
    for (const { status, order, productId, statuses } of outcomes) {
      expect(statuses[0]).toBe(200)
      expect([200, 409]).toContain(statuses[1])
      expect(status).toBe('paid')
      await runJobs(shop, order.id)
      expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 8])
    }
  })

  it('answers 401, 404 and 400, in this order', async () => {
    const { customer, order } = await placedOrder(shop)
    await shop.client.put(`/api/orders/${order.id}/cancel`).expect(401)
    const stranger = newCustomer(shop)
    for (const id of [order.id, randomUUID(), '1', 'x'.repeat(300)]) {
      const { body } = await stranger.cancel(id, { reason: 1 }).expect(404)
      expect(body.code).toBe('not_found')
    }
    await customer.cancel(order.id, { reason: 1 }).expect(400)
    await customer.cancel(order.id, { reason: 'a\u0000b' }).expect(400)
    expect(await statusOf(shop, order.id)).toBe('pending')
  })
})
