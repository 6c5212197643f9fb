import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { decisionsOf, placedOrder, report, runJobs, type Shop, startShop, statusOf } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const applied = { outcome: 'applied', reason: null }
const refundDue = { outcome: 'refund_due', reason: expect.any(String) }

describe('late money', () => {
  async function cancelledOrder(options?: Parameters<typeof placedOrder>[1]) {
    const placed = await placedOrder(shop, options)
    await placed.customer.cancel(placed.order.id).expect(200)
    return placed
  }

  it('is taken where the stock is still there, by the next attempt and at whatever price', async () => {
    const { customer, order, productId } = await cancelledOrder()
    shop.product.change(productId, { price: 2000 })
    const paymentId = randomUUID()
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    expect([shop.product.statusOf(order.id, 1), shop.product.statusOf(order.id, 2)]).toEqual(['released', 'committed'])
    expect(shop.product.stockOf(productId)).toBe(8)
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    expect(shop.product.standing(productId)).toBe(1)
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.at(-1)).toMatchObject({ from: 'cancelled', to: 'paid' })
  })

  it('is due back where the stock is gone, and nothing stays held', async () => {
    const { order, productId } = await cancelledOrder({ stock: 2 })
    shop.product.change(productId, { stock: 1 })
    const paymentId = randomUUID()
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(refundDue)
    shop.product.change(productId, { stock: 2 })
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(refundDue)
    await runJobs(shop, order.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([0, 2])
    expect(await statusOf(shop, order.id)).toBe('cancelled')
  })

  it('of a second payment is taken by an attempt of its own, once the stock is back', async () => {
    const { order, productId } = await cancelledOrder({ stock: 2 })
    shop.product.change(productId, { stock: 0 })
    expect((await report(shop, order).expect(200)).body).toEqual(refundDue)
    shop.product.change(productId, { stock: 2 })
    expect((await report(shop, order).expect(200)).body).toEqual(applied)
    await runJobs(shop, order.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 0])
  })

  it('of several payments at once is taken once, and holds once', async () => {
    const { order, productId } = await cancelledOrder()
    const answers = await Promise.all([1, 2, 3, 4].map(() => report(shop, order)))
    expect(answers.map(({ body }) => body.outcome).sort()).toEqual([
      'applied',
      'refund_due',
      'refund_due',
      'refund_due',
    ])
    await runJobs(shop, order.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 8])
  })

  it('holds nothing where the same payment was turned down while stock was asked for', async () => {
    const { order, productId } = await cancelledOrder({ stock: 2 })
    const paymentId = randomUUID()
    shop.product.change(productId, { stock: 0 })
    // Of two reports of one payment the first finds no stock, and decides while the second one's asking is under way.
    let asked = 0
    shop.product.before.reserve = async () => {
      asked += 1
      if (asked === 1) await eventually('both to ask', async () => asked === 2)
      else await eventually('the first to decide', async () => (await decisionsOf(shop, order)).length === 1)
      if (asked === 2 && (await decisionsOf(shop, order)).length === 1) shop.product.change(productId, { stock: 2 })
    }
    const answers = await Promise.all([report(shop, order, { paymentId }), report(shop, order, { paymentId })])
    for (const { body } of answers) expect(body).toEqual(refundDue)
    shop.reset()
    await runJobs(shop, order.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([0, 2])
  })

  it('is taken where the cancellation’s release still waits', async () => {
    const { customer, order, productId } = await placedOrder(shop)
    shop.product.moods.release = 'down'
    await customer.cancel(order.id).expect(200)
    shop.reset()
    expect((await report(shop, order).expect(200)).body).toEqual(applied)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 8])
    await runJobs(shop, order.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([1, 8])
  })

  it('is taken where the order is cancelled between the look at it and its lock', async () => {
    const { order, productId } = await placedOrder(shop)
    const other = await shop.deps.database.transaction()
    await shop.deps.database.query(`UPDATE orders SET status = 'cancelled' WHERE id = '${order.id}'`, {
      transaction: other,
    })
    const answer = report(shop, order).then((each) => each)
    await eventually('the report to wait for the lock', async () => {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      return (await shop.rows(sql)).length > 0
    })
    await other.commit()
    expect((await answer).body).toEqual(applied)
    expect(shop.product.callsFor(order.id)).toEqual(['reserve 1', 'release 1', 'reserve 2', 'commit 2'])
    expect(shop.product.stockOf(productId)).toBe(8)
  })

  it.each(['down', 'silent'] as const)('is decided later where product is %s', async (mood) => {
    const { order, productId } = await cancelledOrder()
    shop.product.moods.reserve = mood
    const paymentId = randomUUID()
    const { status } = await report(shop, order, { paymentId })
    expect([503, 504]).toContain(status)
    expect(await decisionsOf(shop, order)).toEqual([])
    shop.reset()
    expect((await report(shop, order, { paymentId }).expect(200)).body).toEqual(applied)
    expect(shop.product.stockOf(productId)).toBe(8)
  })

  it('of another sum is due back without asking for stock', async () => {
    const { order } = await cancelledOrder()
    const asked = shop.product.callsFor(order.id)
    expect((await report(shop, order, { amount: 1 }).expect(200)).body).toEqual(refundDue)
    expect(shop.product.callsFor(order.id)).toEqual(asked)
  })
})
