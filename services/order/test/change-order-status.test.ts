import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import { expireDueOrders } from '../src/expire-orders'
import { type OrderStatus, sourcesOf, transitions } from '../src/order'
import {
  expectJobs,
  letExpire,
  type Order,
  placedOrder,
  report,
  runJobs,
  type Shop,
  startShop,
  statusOf,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const adminId = randomUUID()
const patch = (orderId: string, body: object, authorization = asUser(adminId, 'admin')) =>
  shop.client.patch(`/api/admin/orders/${orderId}/status`).set({ authorization }).send(body)
const put = (order: Order, status: string) =>
  shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])

async function paidOrder() {
  const placed = await placedOrder(shop)
  const paymentId = randomUUID()
  await report(shop, placed.order, { paymentId }).expect(200)
  return { ...placed, paymentId }
}

describe('taking an order on', () => {
  it('goes from paid to delivered, with a note and a tracking number that its customer sees', async () => {
    const { customer, order, productId } = await paidOrder()
    expect((await patch(order.id, { status: 'processing' }).expect(200)).body.order.status).toBe('processing')
    const shipping = { status: 'shipped', note: 'By Wells Fargo', trackingNumber: 'WF-77' }
    const { body } = await patch(order.id, shipping).expect(200)
    const shown = { status: 'shipped', statusNote: 'By Wells Fargo', trackingNumber: 'WF-77' }
    expect(body.order).toMatchObject(shown)
    expect((await customer.get(`/${order.id}`).expect(200)).body.order).toMatchObject(shown)
    const last = (await patch(order.id, { status: 'delivered', note: null }).expect(200)).body.order
    expect(last).toMatchObject({
      status: 'delivered',
      statusNote: null,
      trackingNumber: 'WF-77',
      paymentStatus: 'paid',
    })
    expect([shop.product.statusOf(order.id), shop.product.stockOf(productId)]).toEqual(['committed', 8])
    const moves = await shop.rows(
      `SELECT to_status, actor, actor_role, note, tracking_number FROM order_history
       WHERE order_id = $1 AND actor_role = 'admin' ORDER BY id`,
      [order.id],
    )
    const by = { actor: adminId, actor_role: 'admin', note: null, tracking_number: null }
    expect(moves).toEqual([
      { ...by, to_status: 'processing' },
      { ...by, to_status: 'shipped', note: 'By Wells Fargo', tracking_number: 'WF-77' },
      { ...by, to_status: 'delivered' },
    ])
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.map((entry: { to: string; by: string }) => `${entry.to} by ${entry.by}`)).toEqual([
      'pending by customer',
      'paid by shop',
      'processing by shop',
      'shipped by shop',
      'delivered by shop',
    ])
    expect(history[3]).toMatchObject({ note: 'By Wells Fargo', trackingNumber: 'WF-77' })
    expect(JSON.stringify(history)).not.toContain(adminId)
  })

  const byHand: Record<string, readonly OrderStatus[]> = {
    processing: ['confirmed', 'paid'],
    shipped: ['processing'],
    delivered: ['shipped'],
    cancelled: ['pending', 'confirmed', 'paid', 'processing'],
  }
  const shown = (Object.keys(transitions) as OrderStatus[]).filter((each) => !['placing', 'rejected'].includes(each))

  it.each(shown)('from %s goes where the state machine says, and nowhere else', async (from) => {
    for (const to of shown) {
      const { order } = await placedOrder(shop)
      await put(order, from)
      const isLegal = byHand[to]?.includes(from) ?? false
      const { status, body } = await patch(order.id, { status: to })
      expect([from, to, status]).toEqual([from, to, isLegal ? 200 : 409])
      if (!isLegal) expect(body).toMatchObject({ code: 'illegal_transition', from, to })
      expect(await statusOf(shop, order.id)).toBe(isLegal ? to : from)
    }
    for (const [to, sources] of Object.entries(byHand)) {
      expect(sourcesOf(to as OrderStatus)).toEqual(expect.arrayContaining([...sources]))
    }
  })

  it('by two at once is done by one, and the other hears of it', async () => {
    for (const status of ['processing', 'cancelled']) {
      const { order, productId } = await paidOrder()
      const answers = await Promise.all([patch(order.id, { status }), patch(order.id, { status })])
      expect(answers.map((each) => each.status).sort()).toEqual([200, 409])
      expect(await statusOf(shop, order.id)).toBe(status)
      expect(shop.product.stockOf(productId)).toBe(status === 'cancelled' ? 10 : 8)
    }
  })

  it('here and cancelling it there at once is one or the other', async () => {
    for (let n = 0; n < 5; n++) {
      const { customer, order, productId } = await paidOrder()
      await put(order, 'processing')
      const [ship, cancel] = await Promise.all([patch(order.id, { status: 'shipped' }), customer.cancel(order.id)])
      expect([ship.status, cancel.status].sort()).toEqual([200, 409])
      expect(await statusOf(shop, order.id)).toBe(ship.status === 200 ? 'shipped' : 'cancelled')
      expect(shop.product.stockOf(productId)).toBe(ship.status === 200 ? 8 : 10)
    }
  })
})

describe('delivering an order that is paid in cash', () => {
  const authorization = asService('payment', 'order')
  const collectionsOf = (orderId: string) => shop.payment.collections.filter((each) => each.orderId === orderId)

  async function shippedOrder() {
    const placed = await placedOrder(shop)
    const paymentId = randomUUID()
    const path = `/api/internal/orders/${placed.order.id}/confirm`
    await shop.client.post(path).set({ authorization }).send({ paymentId }).expect(200)
    for (const status of ['processing', 'shipped']) await patch(placed.order.id, { status }).expect(200)
    return { ...placed, cash: { paymentId, provider: 'cash_on_delivery' } }
  }

  it('collects its money in the name of whom says so', async () => {
    const { order, cash } = await shippedOrder()
    shop.payment.onCollect = async () => report(shop, order, cash).expect(200)
    const { body } = await patch(order.id, { status: 'delivered' }).expect(200)
    expect(body.order).toMatchObject({ status: 'delivered', paymentStatus: 'paid', paymentId: cash.paymentId })
    const actor = { id: adminId, role: 'admin' }
    expect(collectionsOf(order.id)).toEqual([{ orderId: order.id, collector: adminId, actor }])
    expect(shop.product.statusOf(order.id)).toBe('committed')
    await expectJobs(shop, order.id, [])
  })

  it.each(['down', 'silent'] as const)('does so by a job where payment is %s', async (mood) => {
    const { order } = await shippedOrder()
    shop.payment.mood = mood
    const { body } = await patch(order.id, { status: 'delivered' }).expect(200)
    expect(body.order).toMatchObject({ status: 'delivered', paymentStatus: 'pending' })
    await expectJobs(shop, order.id, [{ task: 'collect-cash' }])
    shop.reset()
    await runJobs(shop, order.id)
    expect(collectionsOf(order.id).length).toBeGreaterThan(0)
    await expectJobs(shop, order.id, [])
  })

  it('collects nothing where the money came already', async () => {
    const { order, cash } = await shippedOrder()
    await report(shop, order, cash).expect(200)
    expect((await patch(order.id, { status: 'delivered' }).expect(200)).body.order.paymentStatus).toBe('paid')
    expect(collectionsOf(order.id)).toEqual([])
  })
})

describe('an order that the shop cancels', () => {
  it('is cancelled with the reason, and its stock and its money go back', async () => {
    const { customer, order, productId } = await paidOrder()
    const { body } = await patch(order.id, { status: 'cancelled', note: 'Broken in the store' }).expect(200)
    expect(body.order).toMatchObject({ status: 'cancelled', statusNote: 'Broken in the store' })
    expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([10, 0])
    const reason = 'Cancelled by the shop: Broken in the store'
    const actor = { id: adminId, role: 'admin' }
    expect(shop.payment.refunds.filter(({ orderId }) => orderId === order.id)).toEqual([
      { orderId: order.id, reason, actor },
    ])
    const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
    expect(history.at(-1)).toMatchObject({ from: 'paid', to: 'cancelled', reason })
  })

  it('takes no late money', async () => {
    const { order } = await placedOrder(shop)
    await patch(order.id, { status: 'cancelled' }).expect(200)
    expect((await report(shop, order).expect(200)).body.outcome).toBe('refund_due')
    expect(await statusOf(shop, order.id)).toBe('cancelled')
  })

  it('while it expires, is cancelled once', async () => {
    const placed = await Promise.all(Array.from({ length: 4 }, () => placedOrder(shop)))
    for (const { order } of placed) await letExpire(shop, order.id)
    const cancels = placed.map(({ order }) => patch(order.id, { status: 'cancelled' }).then((answer) => answer))
    const [answers] = await Promise.all([Promise.all(cancels), expireDueOrders(shop.deps)])
    for (const { status } of answers) expect([200, 409]).toContain(status)
    for (const { order, productId } of placed) {
      const moves = await shop.rows(`SELECT 1 FROM order_history WHERE order_id = $1 AND to_status = 'cancelled'`, [
        order.id,
      ])
      expect([moves.length, await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual([
        1,
        'cancelled',
        10,
      ])
    }
  })

  it('while it is paid, ends cancelled, and the money goes back', async () => {
    for (let n = 0; n < 5; n++) {
      const { order, productId } = await placedOrder(shop)
      const money = report(shop, order).then(({ body }) => body.outcome as string)
      const [cancel, outcome] = await Promise.all([patch(order.id, { status: 'cancelled' }), money])
      expect([cancel.status, await statusOf(shop, order.id)]).toEqual([200, 'cancelled'])
      const refunds = shop.payment.refunds.filter(({ orderId }) => orderId === order.id)
      expect(refunds).toHaveLength(outcome === 'applied' ? 1 : 0)
      await runJobs(shop, order.id)
      await expectJobs(shop, order.id, [])
      expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([10, 0])
    }
  })
})

test('answers 401, 403, 404 and 400', async () => {
  const { customer, order } = await paidOrder()
  await shop.client.patch(`/api/admin/orders/${order.id}/status`).send({ status: 'processing' }).expect(401)
  await patch(order.id, { status: 'processing' }, asUser(customer.id)).expect(403)
  for (const id of [randomUUID(), '1']) await patch(id, { status: 1 }).expect(404)
  const wrong = [{}, { status: 'lost' }, { status: 'placing' }, { status: 'shipped', note: 'a\u0000b' }]
  for (const body of [...wrong, { status: 'shipped', trackingNumber: 'x'.repeat(101) }]) {
    await patch(order.id, body).expect(400)
  }
  await put(order, 'placing')
  await patch(order.id, { status: 'pending' }).expect(404)
  await put(order, 'paid')
})
