import { randomUUID } from 'node:crypto'
import { asService } from '@duka/testkit'
import { byOrder, moveOrder } from '../src/move-order'
import { expectJobs, newCustomer, placedOrder, report, runJobs, type Shop, startShop, statusOf } from './support'

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
    await expectJobs(shop, order.id, [])
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

  it('tells payment of it by a job where payment is down', async () => {
    const { customer, order } = await placedOrder(shop)
    shop.payment.mood = 'down'
    await customer.cancel(order.id).expect(200)
    await expectJobs(shop, order.id, [{ task: 'close-payments', key: `close-payments:${order.id}` }])
    shop.reset()
    const before = shop.payment.asked.length
    await runJobs(shop, order.id)
    expect(shop.payment.asked.slice(before)).toContain(order.id)
  })

  it.each(['shipped', 'delivered', 'refunded'])('is refused once it is %s', async (status) => {
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

  it('leaves the cash alone that a courier has yet to collect where it is shipped at that moment', async () => {
    for (let n = 0; n < 4; n++) {
      const { customer, order } = await placedOrder(shop)
      const path = `/api/internal/orders/${order.id}/confirm`
      const authorization = asService('payment', 'order')
      await shop.client.post(path).set({ authorization }).send({ paymentId: randomUUID() }).expect(200)
      await shop.rows(`UPDATE orders SET status = 'processing' WHERE id = $1`, [order.id])
      const ship = shop.deps.database.transaction((transaction) =>
        moveOrder(shop.deps, order.id, { to: 'shipped', actor: byOrder, reason: 'Shipped.' }, transaction),
      )
      const [moved, { status }] = await Promise.all([ship, customer.cancel(order.id)])
      expect(status).toBe(moved ? 409 : 200)
      await runJobs(shop, order.id)
      expect(shop.payment.asked.includes(order.id)).toBe(!moved)
    }
  })

  it.each(['down', 'silent'] as const)('gives the stock back by a job where product is %s', async (mood) => {
    const { customer, productId, order } = await placedOrder(shop)
    shop.product.moods.release = mood
    await customer.cancel(order.id).expect(200)
    await expectJobs(shop, order.id, [{ task: 'release-stock', key: `release-stock:${order.id}:1` }])
    shop.reset()
    await runJobs(shop, order.id)
    expect(shop.product.stockOf(productId)).toBe(10)
    await expectJobs(shop, order.id, [])
  })

  it('and paying it at once: it is paid and sold, or cancelled and paid back, never half of each', async () => {
    const placed = await Promise.all(Array.from({ length: 6 }, () => placedOrder(shop)))
    const outcomes = await Promise.all(
      placed.map(async ({ customer, order, productId }, n) => {
        const money = () => report(shop, order).then((answer) => answer)
        const stop = () => customer.cancel(order.id).then((answer) => answer)
        const [a, b] = await Promise.all(n % 2 ? [money(), stop()] : [stop(), money()])
        return { statuses: [a.status, b.status].sort(), status: await statusOf(shop, order.id), order, productId }
      }),
    )
    for (const { statuses, status, order, productId } of outcomes) {
      expect(statuses).toEqual([200, 200])
      await runJobs(shop, order.id)
      const refunds = shop.payment.refunds.filter(({ orderId }) => orderId === order.id)
      // Cancelled first, the money is late; the stock is still there, so it is taken all the same.
      if (status === 'paid') expect([refunds.length, shop.product.standing(productId)]).toEqual([0, 1])
      else expect([status, refunds.length, shop.product.standing(productId)]).toEqual(['cancelled', 1, 0])
      expect(shop.product.stockOf(productId)).toBe(status === 'paid' ? 8 : 10)
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

describe('cancelling an order that is paid', () => {
  const refundsOf = (orderId: string) => shop.payment.refunds.filter((refund) => refund.orderId === orderId)

  async function paidOrder() {
    const placed = await placedOrder(shop)
    const paymentId = randomUUID()
    await report(shop, placed.order, { paymentId }).expect(200)
    return { ...placed, paymentId }
  }

  it.each(['paid', 'processing'])('(%s) gives its stock back and asks for its money to be', async (status) => {
    const { customer, order, productId, paymentId } = await paidOrder()
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])
    const { body } = await customer.cancel(order.id, { reason: 'Too dear' }).expect(200)
    expect(body.order).toMatchObject({ status: 'cancelled', paymentStatus: 'paid' })
    expect(body.message).toMatch(/money/)
    expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([10, 0])
    const actor = { id: customer.id, role: 'customer' }
    const reason = 'Cancelled by the customer: Too dear'
    expect(refundsOf(order.id)).toEqual([{ orderId: order.id, reason, actor }])
    await expectJobs(shop, order.id, [])
    await report(shop, order, { paymentId, status: 'refunded', refundedAmount: 3000 }).expect(200)
    const again = await customer.cancel(order.id).expect(200)
    expect(again.body.order).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' })
    expect(refundsOf(order.id)).toHaveLength(1)
  })

  it.each(['down', 'silent'] as const)(
    'asks by a job where payment is %s, with a reason of any length',
    async (mood) => {
      const { customer, order, productId } = await paidOrder()
      shop.payment.mood = mood
      await customer.cancel(order.id, { reason: '😀'.repeat(250) }).expect(200)
      await expectJobs(shop, order.id, [{ task: 'refund-order', key: `refund-order:${order.id}` }])
      shop.reset()
      await runJobs(shop, order.id)
      expect(refundsOf(order.id).length).toBeGreaterThan(0)
      expect(shop.product.stockOf(productId)).toBe(10)
    },
  )

  it('also where the order has not heard of its money yet: that goes back when it does', async () => {
    const { customer, order, productId } = await placedOrder(shop)
    shop.payment.outcome = 'paid'
    await customer.cancel(order.id).expect(200)
    shop.payment.outcome = 'closed'
    expect((await report(shop, order).expect(200)).body.outcome).toBe('refund_due')
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['cancelled', 10])
  })

  it('by several at once gives all back once', async () => {
    const { customer, order, productId } = await paidOrder()
    const answers = await Promise.all([1, 2, 3, 4].map(() => customer.cancel(order.id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect([refundsOf(order.id).length, shop.product.stockOf(productId)]).toEqual([1, 10])
  })

  it('leaves nothing sold where its stock had not been sold yet', async () => {
    const { customer, order, productId } = await placedOrder(shop)
    shop.product.moods.commit = 'down'
    await report(shop, order).expect(200)
    await customer.cancel(order.id).expect(200)
    shop.reset()
    await runJobs(shop, order.id)
    await expectJobs(shop, order.id, [])
    expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([10, 0])
  })

  it('while it is shipped is one or the other', async () => {
    const placed = await Promise.all(Array.from({ length: 6 }, () => paidOrder()))
    for (const { customer, order, productId } of placed) {
      await shop.rows(`UPDATE orders SET status = 'processing' WHERE id = $1`, [order.id])
      const ship = shop.deps.database.transaction((transaction) =>
        moveOrder(shop.deps, order.id, { to: 'shipped', actor: byOrder, reason: 'Shipped.' }, transaction),
      )
      const [moved, answer] = await Promise.all([ship, customer.cancel(order.id)])
      expect([moved ? 409 : 200, moved ? 'shipped' : 'cancelled']).toEqual([
        answer.status,
        await statusOf(shop, order.id),
      ])
      expect([refundsOf(order.id).length, shop.product.stockOf(productId)]).toEqual(moved ? [0, 8] : [1, 10])
    }
  })
})
