import { expireDueOrders } from '../src/expire-orders'
import { jobsOf, letExpire, placedOrder, report, runJobs, type Shop, startShop, statusOf } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

async function dueOrder() {
  const placed = await placedOrder(shop)
  await letExpire(shop, placed.order.id)
  return placed
}

const checkAgain = (id: string) => shop.rows('UPDATE orders SET next_expiry_check_at = now() WHERE id = $1', [id])

describe('an order that nobody paid in time', () => {
  it('is cancelled once payment says that no money came, and its stock is back', async () => {
    const { customer, productId, order } = await dueOrder()
    await expireDueOrders(shop.deps)
    expect(await statusOf(shop, order.id)).toBe('cancelled')
    expect(shop.product.stockOf(productId)).toBe(10)
    expect(shop.payment.asked.filter((id) => id === order.id)).toHaveLength(1)
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.map(({ to }: { to: string }) => to)).toEqual(['pending', 'cancelled'])
    await expireDueOrders(shop.deps)
    expect(shop.payment.asked.filter((id) => id === order.id)).toHaveLength(1)
  })

  it('is found by its own job too', async () => {
    const { productId, order } = await dueOrder()
    await runJobs(shop, order.id, 'expire-order')
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['cancelled', 10])
  })

  it.each(['down', 'silent', 'cut'] as const)('waits while payment is %s, and is asked about again', async (mood) => {
    const { productId, order } = await dueOrder()
    shop.payment.mood = mood
    await expireDueOrders(shop.deps)
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['pending', 8])
    const [next] = await shop.rows<{ seconds: number }>(
      'SELECT extract(epoch FROM next_expiry_check_at - now())::int AS seconds FROM orders WHERE id = $1',
      [order.id],
    )
    expect(next!.seconds).toBeLessThanOrEqual(60)
    shop.reset()
    await checkAgain(order.id)
    await expireDueOrders(shop.deps)
    expect(await statusOf(shop, order.id)).toBe('cancelled')
  })

  it.each(['pending', 'paid'] as const)('waits while payment says %s', async (outcome) => {
    const { productId, order } = await dueOrder()
    shop.payment.outcome = outcome
    await expireDueOrders(shop.deps)
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['pending', 8])
    await report(shop, order).expect(200)
    await checkAgain(order.id)
    shop.payment.outcome = 'closed'
    await expireDueOrders(shop.deps)
    expect(await statusOf(shop, order.id)).toBe('paid')
  })

  it('does not make the others wait that payment cannot tell about', async () => {
    const [stuck, next] = [await dueOrder(), await dueOrder()]
    shop.payment.refuses.add(stuck.order.id)
    await expireDueOrders(shop.deps)
    expect([await statusOf(shop, stuck.order.id), await statusOf(shop, next.order.id)]).toEqual([
      'pending',
      'cancelled',
    ])
  })

  it('is asked about once where two instances look at the same time', async () => {
    const { order, productId } = await dueOrder()
    await Promise.all([expireDueOrders(shop.deps), expireDueOrders(shop.deps), expireDueOrders(shop.deps)])
    expect(shop.payment.asked.filter((id) => id === order.id)).toHaveLength(1)
    expect(shop.product.stockOf(productId)).toBe(10)
  })

  it('is paid all the same where the money comes at that moment, and holds its stock once', async () => {
    const placed = await Promise.all([1, 2, 3, 4].map(dueOrder))
    const money = placed.map(({ order }) => report(shop, order).then((answer) => answer))
    const [answers] = await Promise.all([Promise.all(money), expireDueOrders(shop.deps)])
    for (const { body } of answers) expect(body).toEqual({ outcome: 'applied', reason: null })
    for (const { order, productId } of placed) {
      await runJobs(shop, order.id)
      expect(await statusOf(shop, order.id)).toBe('paid')
      expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 8])
    }
  })

  it('has its stock given back by a job where product is down', async () => {
    const { order, productId } = await dueOrder()
    shop.product.moods.release = 'down'
    await expireDueOrders(shop.deps)
    expect(await statusOf(shop, order.id)).toBe('cancelled')
    expect(await jobsOf(shop, order.id)).toHaveLength(1)
    shop.reset()
    await runJobs(shop, order.id)
    expect(shop.product.stockOf(productId)).toBe(10)
  })
})

describe('an order', () => {
  it('is left alone before its time', async () => {
    const { order } = await placedOrder(shop)
    await expireDueOrders(shop.deps)
    await runJobs(shop, order.id, 'expire-order')
    expect(await statusOf(shop, order.id)).toBe('pending')
    expect(shop.payment.asked).not.toContain(order.id)
  })

  it.each(['confirmed', 'paid', 'processing', 'cancelled'])('does not expire once it is %s', async (status) => {
    const { order } = await dueOrder()
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])
    await expireDueOrders(shop.deps)
    await runJobs(shop, order.id, 'expire-order')
    expect(await statusOf(shop, order.id)).toBe(status)
    expect(shop.payment.asked).not.toContain(order.id)
  })
})
