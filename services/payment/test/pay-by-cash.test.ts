import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import supertest from 'supertest'
import { confirmUnconfirmedOrders } from '../src/confirm-cash-order'
import { reportUntoldRefusals } from '../src/refuse-cash'
import { completePayment } from '../src/settle-payment'
import { admin, refund, untilRefund } from './refund-support'
import {
  newOrder,
  newReceipt,
  type Order,
  pay,
  paymentRow,
  reviewsOf,
  type Shop,
  startShop,
  startTry,
  triesOf,
  untilStatus,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.order.mood = 'up'
  shop.order.refuses = null
  shop.order.onConfirm = undefined
})

const choose = (order: Order, body: object = {}, token = asUser(order.userId)) =>
  supertest(shop.app)
    .post('/api/payments/cash-on-delivery')
    .set({ authorization: token })
    .send({ orderId: order.id, ...body })
const collect = (id: string, body: object = {}, authorization = admin) =>
  supertest(shop.app)
    .post(`/api/payments/${id}/collect`)
    .set({ authorization })
    .send({ amount: 1500, collector: 'Otieno', ...body })
const refuse = (id: string, body: object = {}, authorization = admin) =>
  supertest(shop.app).post(`/api/payments/${id}/refuse`).set({ authorization }).send(body)
const reportsOf = (id: string) => shop.order.reports.filter(({ paymentId }) => paymentId === id)

async function chooseCash(order = newOrder(shop)) {
  const { body } = await choose(order).expect(201)
  return { id: body.payment.id as string, order }
}

test('choosing cash confirms the order at once', async () => {
  const order = newOrder(shop)
  const { body } = await choose(order).expect(201)
  expect(body).toEqual({
    message: 'Your order is confirmed. Pay in cash when it comes.',
    payment: expect.objectContaining({
      orderId: order.id,
      provider: 'cash_on_delivery',
      status: 'pending',
      amount: 1500,
      phoneNumber: null,
      externalReference: null,
    }),
  })
  expect(shop.orders.get(order.id)?.status).toBe('confirmed')
  expect(await paymentRow(shop, body.payment.id)).toMatchObject({ next_check_at: null, confirmed_at: expect.any(Date) })
})

test('asked again, at once or later, with or without a key, it is the same payment', async () => {
  const order = newOrder(shop)
  const answers = await Promise.all(Array.from({ length: 6 }, () => choose(order).expect(201)))
  answers.push(await choose(order).set('Idempotency-Key', 'cash-1').expect(201))
  answers.push(await choose(order).set('Idempotency-Key', 'cash-1').expect(201))
  expect(new Set(answers.map(({ body }) => body.payment.id)).size).toBe(1)
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('an order that nobody reaches is confirmed later, and meanwhile not closed', async () => {
  const { id, order } = await chooseCash()
  await shop.rows(`UPDATE payments SET confirmed_at = NULL, created_at = now() - interval '10 minutes' WHERE id = $1`, [
    id,
  ])
  expect(await close(order.id)).toBe('pending')
  shop.order.mood = 'down'
  await confirmUnconfirmedOrders(shop.deps)
  expect((await paymentRow(shop, id)).confirmed_at).toBeNull()
  shop.order.mood = 'up'
  await confirmUnconfirmedOrders(shop.deps)
  expect((await paymentRow(shop, id)).confirmed_at).not.toBeNull()
})

test('an order that cannot be confirmed is told to the customer, and its payment is over', async () => {
  shop.order.refuses = 'The order cannot be confirmed: it is cancelled.'
  const order = newOrder(shop)
  const { body } = await choose(order).expect(409)
  expect(body).toMatchObject({ code: 'order_not_payable', detail: shop.order.refuses })
  expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed', failure_code: 'order_not_payable' }])
})

test('cash is collected once, and the order is paid', async () => {
  const { id, order } = await chooseCash()
  const answers = await Promise.all([1, 2, 3].map(() => collect(id)))
  for (const { status, body } of answers) {
    expect([status, body.payment.status]).toEqual([200, 'completed'])
  }
  expect((await paymentRow(shop, id)).reported_at).not.toBeNull()
  expect(reportsOf(id)[0]).toMatchObject({
    orderId: order.id,
    status: 'paid',
    provider: 'cash_on_delivery',
    amount: 1500,
  })
  expect(
    await shop.rows('SELECT kind, amount, collector, actor_role FROM cash_outcomes WHERE payment_id = $1', [id]),
  ).toEqual([{ kind: 'collected', amount: '1500.00', collector: 'Otieno', actor_role: 'admin' }])
  const other = await collect(id, { collector: 'Njeri' }).expect(409)
  expect(other.body).toMatchObject({ code: 'already_collected', detail: expect.stringContaining('Otieno') })
  expect((await refuse(id).expect(409)).body.code).toBe('not_refusable')
})

test.each([1, 1499.99, 1501])('KES %d instead of KES 1500 is not collected', async (amount) => {
  const { id } = await chooseCash()
  expect((await collect(id, { amount }).expect(422)).body.code).toBe('amount_mismatch')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
})

test('refused at the door, the order is cancelled, told until it answers', async () => {
  const { id, order } = await chooseCash()
  shop.order.mood = 'down'
  const { body } = await refuse(id, { reason: 'Nobody at home' }).expect(200)
  expect(body.payment).toMatchObject({ status: 'failed', failureCode: 'refused_at_door' })
  shop.order.mood = 'up'
  await refuse(id).expect(200)
  expect(shop.orders.get(order.id)?.status).toBe('cancelled')
  const told = shop.order.refusals.filter(({ paymentId }) => paymentId === id)
  expect(told.at(-1)).toEqual({
    paymentId: id,
    reason: 'Nobody at home',
    actor: { id: expect.any(String), role: 'admin' },
  })
  await reportUntoldRefusals(shop.deps)
  expect(shop.order.refusals.filter(({ paymentId }) => paymentId === id)).toHaveLength(told.length)
})

test('a refusal whose job was lost is found, and one that the order does not take is before a person', async () => {
  const { id } = await chooseCash()
  shop.order.mood = 'down'
  await refuse(id).expect(200)
  shop.order.mood = 'up'
  shop.order.refuses = 'The order cannot be cancelled: it is delivered.'
  await shop.rows(`UPDATE cash_outcomes SET created_at = now() - interval '1 minute' WHERE payment_id = $1`, [id])
  await reportUntoldRefusals(shop.deps)
  expect(await reviewsOf(shop, id)).toEqual([
    { kind: 'refusal_conflict', detail: expect.stringContaining('it is delivered') },
  ])
})

test('what is paid by phone is not collected at the door', async () => {
  const { id, order } = await chooseCash()
  const { body } = await pay(shop, order).expect(201)
  shop.safaricom.control.pay(body.checkoutRequestId)
  await untilStatus(shop, body.payment.id, 'completed')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'paid_otherwise' })
})

const asOrder = asService('order', 'payment')
const tell = (path: string, body: object, authorization = asOrder) =>
  supertest(shop.app).post(`/api/internal/payments/${path}`).set({ authorization }).send(body)
const close = async (orderId: string, move = 'expire') =>
  (await tell('close', { orderId, move }).expect(200)).body.outcome
const decide = async (id: string, decision: string) => {
  const [review] = await shop.rows<{ id: string }>('SELECT id FROM payment_reviews WHERE payment_id = $1', [id])
  const request = supertest(shop.app).post(`/api/admin/payments/review/${review?.id}`).set({ authorization: admin })
  return request.send({ decision, note: 'The courier has it.' })
}
const delivered = (orderId: string, authorization = asOrder) =>
  tell('collect-cash', { orderId, collector: 'Admin', actor: { id: randomUUID(), role: 'admin' } }, authorization)

test('a cancelled order is not collected, unless somebody did: then a person gives it back', async () => {
  const { id, order } = await chooseCash()
  expect(await close(order.id, 'cancelled')).toBe('closed')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'order_closed' })
  shop.order.refuses = 'The order was cancelled.'
  await collect(id).expect(200)
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'refund_due', detail: 'The order was cancelled.' }])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded' })
  const again = await refund(shop, id).expect(422)
  expect(again.body).toMatchObject({ code: 'refund_too_large', refundable: 0 })
  const open = 'SELECT 1 FROM payment_reviews WHERE payment_id = $1 AND resolved_at IS NULL'
  expect(await shop.rows(open, [id])).toEqual([])
})

test.each(['expire', 'cancel'])(
  '%s may still lose, so it ends no cash and keeps no other payment out',
  async (move) => {
    const { id, order } = await chooseCash()
    expect(await close(order.id, move)).toBe('pending')
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', confirmed_at: expect.any(Date) })
    await pay(shop, order).expect(201)
    expect((await delivered(order.id).expect(200)).body.outcome).toBe('collected')
  },
)

test('no cash can be chosen once an order expires', async () => {
  const order = newOrder(shop)
  expect(await close(order.id)).toBe('closed')
  expect((await choose(order).expect(409)).body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toEqual([])
})

test('a cancellation that happened ends also what is being confirmed, which then stays ended', async () => {
  const { id, order } = await chooseCash()
  await shop.rows('UPDATE payments SET confirmed_at = NULL WHERE id = $1', [id])
  expect(await close(order.id, 'cancelled')).toBe('closed')
  await confirmUnconfirmedOrders(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({
    status: 'failed',
    failure_code: 'order_closed',
    confirmed_at: null,
  })
  expect((await choose(order).expect(409)).body.code).toBe('order_not_payable')
})

test('a customer whose order is cancelled while it is confirmed is told so', async () => {
  const order = newOrder(shop)
  shop.order.onConfirm = () => close(order.id, 'cancelled')
  expect((await choose(order).expect(409)).body).toMatchObject({
    code: 'order_not_payable',
    detail: 'The order was cancelled before it came.',
  })
})

test('money that comes by phone while cash is chosen, and has not seen it, is waited for', async () => {
  const { id, order } = await startTry(shop)
  let commit = () => {}
  const committed = new Promise<void>((resolve) => {
    commit = resolve
  })
  let isWritten = () => {}
  const written = new Promise<void>((resolve) => {
    isWritten = resolve
  })
  const money = shop.deps.database.transaction(async (transaction) => {
    await completePayment(shop.deps, await paymentRow(shop, id), newReceipt(), transaction)
    isWritten()
    await committed
  })
  await written
  shop.order.onConfirm = async () => commit()
  const { body } = await choose(order).expect(409)
  await money
  expect(body).toMatchObject({ code: 'order_not_payable', detail: 'The order was paid in another way before it came.' })
  const cash = (await triesOf(shop, order)).find(({ provider }) => provider === 'cash_on_delivery')
  expect(cash).toMatchObject({ status: 'failed', failure_code: 'paid_otherwise', confirmed_at: null })
})

test('cash whose payment had ended before the order was delivered is for a person to find', async () => {
  const { id, order } = await chooseCash()
  await close(order.id, 'cancelled')
  for (let n = 1; n <= 2; n++) {
    expect((await delivered(order.id).expect(200)).body).toEqual({ outcome: 'none', payment: null })
  }
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'cash_missing', detail: expect.stringContaining('order_closed') }])
  const { body } = await decide(id, 'accept')
  expect(body.review).toMatchObject({ decision: 'accept', payment: { status: 'completed' } })
  expect(reportsOf(id)).toHaveLength(1)
})

test('an order that is delivered has been paid at the door', async () => {
  const { id, order } = await chooseCash()
  const answers = await Promise.all([1, 2, 3].map(() => delivered(order.id).expect(200)))
  for (const { body } of answers) {
    expect(body).toEqual({ outcome: 'collected', payment: expect.objectContaining({ id, status: 'completed' }) })
  }
  expect((await delivered(randomUUID()).expect(200)).body).toEqual({ outcome: 'none', payment: null })
  await delivered(order.id, asService('product', 'payment')).expect(403)
})

test('only who may, for a payment in cash, with what is needed', async () => {
  const order = newOrder(shop)
  await choose(order, {}, asUser()).expect(404)
  await choose(order, {}, '').expect(401)
  await choose(order, { orderId: 'x' }).expect(400)
  expect((await choose(order, { amount: 1 }).expect(422)).body.code).toBe('amount_mismatch')
  const byPhone = (await pay(shop, order).expect(201)).body.payment.id
  for (const call of [collect, refuse]) {
    expect((await call(byPhone).expect(409)).body.code).toBe('not_cash')
    await call(byPhone, {}, asUser(order.userId)).expect(403)
    await call(byPhone, {}, '').expect(401)
    await call(randomUUID()).expect(404)
    await call('x').expect(404)
  }
  const { id } = await chooseCash()
  await collect(id, { collector: ' ' }).expect(400)
  await collect(id, { amount: '1500' }).expect(400)
  await refuse(id, { reason: 'x'.repeat(301) }).expect(400)
})
