import { randomUUID } from 'node:crypto'
import { asService } from '@duka/testkit'
import { expireDueOrders } from '../src/expire-orders'
import { letExpire, newCustomer, type Order, placedOrder, report, type Shop, startShop, statusOf } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const authorization = asService('payment', 'order')
const admin = { id: randomUUID(), role: 'admin' }

function post(path: string, body: object, from = authorization) {
  return shop.client.post(`/api/internal/orders/${path}`).set({ authorization: from }).send(body)
}
const confirm = ({ id }: Order, paymentId: string) => post(`${id}/confirm`, { paymentId }).expect(200)
const refuse = ({ id }: Order, paymentId: string, reason = 'Not at home') =>
  post(`${id}/cash-refused`, { paymentId, reason, actor: admin }).expect(200)

const confirmed = { outcome: 'confirmed', reason: null }
const refused = { outcome: 'refused', reason: expect.any(String) }
const cancelled = { outcome: 'cancelled', reason: null }

async function confirmedOrder() {
  const placed = await placedOrder(shop)
  const paymentId = randomUUID()
  expect((await confirm(placed.order, paymentId)).body).toEqual(confirmed)
  return { ...placed, paymentId, cash: { paymentId, provider: 'cash_on_delivery' } }
}

const move = (order: Order, status: string) =>
  shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [order.id, status])

async function read({ id, userId }: Order) {
  return (await newCustomer(shop, userId).get(`/${id}`).expect(200)).body.order as Order
}

describe('an order that is to be paid in cash', () => {
  it('is confirmed, and does not expire any more', async () => {
    const { order, productId } = await confirmedOrder()
    expect(await read(order)).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'pending',
      paymentMethod: 'cash_on_delivery',
      expiresAt: null,
    })
    await letExpire(shop, order.id)
    await expireDueOrders(shop.deps)
    expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['confirmed', 8])
  })

  it('collects no cash once it is cancelled, also where its confirmation was never heard of', async () => {
    const { order, paymentId, customer } = await confirmedOrder()
    await customer.cancel(order.id).expect(200)
    expect((await confirm(order, paymentId)).body).toEqual(refused)
  })

  it('is confirmed while it expires, or expires, never both', async () => {
    const placed = await Promise.all(Array.from({ length: 6 }, () => placedOrder(shop)))
    for (const { order } of placed) await letExpire(shop, order.id)
    const [answers] = await Promise.all([
      Promise.all(placed.map(({ order }) => confirm(order, randomUUID()))),
      expireDueOrders(shop.deps),
    ])
    for (const [at, { order, productId }] of placed.entries()) {
      const isConfirmed = answers[at]!.body.outcome === 'confirmed'
      expect(await statusOf(shop, order.id)).toBe(isConfirmed ? 'confirmed' : 'cancelled')
      expect(shop.product.stockOf(productId)).toBe(isConfirmed ? 8 : 10)
    }
  })

  it('is confirmed once, by one payment, whatever comes later', async () => {
    const { order } = await placedOrder(shop)
    const ids = [randomUUID(), randomUUID(), randomUUID()]
    const answers = await Promise.all(ids.map((id) => confirm(order, id)))
    expect(answers.map(({ body }) => body.outcome).sort()).toEqual(['confirmed', 'refused', 'refused'])
    const winner = ids[answers.findIndex(({ body }) => body.outcome === 'confirmed')]!
    await move(order, 'shipped')
    for (const id of ids) expect((await confirm(order, id)).body).toEqual(id === winner ? confirmed : refused)
  })

  it.each(['paid', 'cancelled', 'delivered', 'refunded'])('is not confirmed where it is %s', async (status) => {
    const { order } = await placedOrder(shop)
    await move(order, status)
    expect((await confirm(order, randomUUID())).body).toEqual(refused)
    expect(await statusOf(shop, order.id)).toBe(status)
  })

  it.each(['processing', 'shipped', 'delivered'])('takes its cash while %s, and stays that', async (status) => {
    const { order, cash } = await confirmedOrder()
    await move(order, status)
    expect((await report(shop, order, cash).expect(200)).body).toEqual({ outcome: 'applied', reason: null })
    expect(await read(order)).toMatchObject({ status, paymentStatus: 'paid', paymentMethod: 'cash_on_delivery' })
    expect(shop.product.statusOf(order.id)).toBe('committed')
    expect((await report(shop, order, cash).expect(200)).body).toEqual({ outcome: 'applied', reason: null })
  })

  it('takes its cash before it is sent', async () => {
    const { order, cash } = await confirmedOrder()
    await report(shop, order, cash).expect(200)
    expect(await read(order)).toMatchObject({ status: 'paid', paymentStatus: 'paid' })
  })

  it.each(['processing', 'shipped', 'delivered'])(
    'takes what a phone pays after all while %s, once',
    async (status) => {
      const { order, cash } = await confirmedOrder()
      await move(order, status)
      expect((await report(shop, order, { provider: 'mpesa' }).expect(200)).body.outcome).toBe('applied')
      expect(await read(order)).toMatchObject({ status, paymentStatus: 'paid', paymentMethod: 'mpesa' })
      expect(shop.product.statusOf(order.id)).toBe('committed')
      for (const late of [cash, { provider: 'cash_on_delivery' }, { provider: 'stripe' }]) {
        expect((await report(shop, order, late).expect(200)).body.outcome).toBe('refund_due')
      }
      expect(await read(order)).toMatchObject({ status, paymentStatus: 'paid', paymentMethod: 'mpesa' })
    },
  )
})

describe('cash that was refused at the door', () => {
  it.each(['confirmed', 'processing', 'shipped'])(
    'cancels an order that is %s, and its stock is back',
    async (status) => {
      const { customer, order, paymentId, productId } = await confirmedOrder()
      await move(order, status)
      expect((await refuse(order, paymentId)).body).toEqual(cancelled)
      expect((await refuse(order, paymentId)).body).toEqual(cancelled)
      expect([await statusOf(shop, order.id), shop.product.stockOf(productId)]).toEqual(['cancelled', 10])
      const { history } = (await customer.get(`/${order.id}/history`).expect(200)).body
      expect(history.at(-1).reason).toMatch(/at the door: Not at home/)
      const [row] = await shop.rows(
        'SELECT actor, actor_role FROM order_history WHERE order_id = $1 ORDER BY id DESC LIMIT 1',
        [order.id],
      )
      expect(row).toEqual({ actor: admin.id, actor_role: 'admin' })
    },
  )

  it('leaves no way to pay for it late', async () => {
    const { order, paymentId } = await confirmedOrder()
    await refuse(order, paymentId)
    expect((await report(shop, order).expect(200)).body.outcome).toBe('refund_due')
    expect(await statusOf(shop, order.id)).toBe('cancelled')
  })

  it('changes nothing where the order is paid, delivered, or another payment’s', async () => {
    const { order, paymentId, cash } = await confirmedOrder()
    expect((await refuse(order, randomUUID())).body).toEqual(refused)
    await move(order, 'delivered')
    expect((await refuse(order, paymentId)).body).toEqual(refused)
    await move(order, 'shipped')
    await report(shop, order, cash).expect(200)
    expect((await refuse(order, paymentId)).body).toEqual(refused)
    expect(await read(order)).toMatchObject({ status: 'shipped', paymentStatus: 'paid' })
  })
})

test('both endpoints are for payment, and know the orders that stand', async () => {
  const { order } = await placedOrder(shop)
  const bodies = {
    confirm: { paymentId: randomUUID() },
    'cash-refused': { paymentId: randomUUID(), reason: 'No', actor: admin },
  }
  for (const [name, body] of Object.entries(bodies)) {
    await shop.client.post(`/api/internal/orders/${order.id}/${name}`).send(body).expect(401)
    await post(`${order.id}/${name}`, body, asService('cart', 'order')).expect(403)
    await post(`${randomUUID()}/${name}`, body).expect(404)
    await post(`1/${name}`, body).expect(404)
    await post(`${order.id}/${name}`, { ...body, paymentId: 'x' }).expect(400)
    await move(order, 'placing')
    await post(`${order.id}/${name}`, body).expect(404)
    await move(order, 'pending')
  }
})
