import { randomUUID } from 'node:crypto'
import { asService, asUser } from '@duka/testkit'
import supertest from 'supertest'
import {
  age,
  callbackOf,
  check,
  deliver,
  newOrder,
  pay,
  paymentRow,
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

const close = (orderId: unknown, authorization = asService('order', 'payment')) =>
  supertest(shop.app).post('/api/internal/payments/close').set({ authorization }).send({ orderId })

const outcomeOf = async (orderId: string) => (await close(orderId).expect(200)).body.outcome

test('an order that nobody tried to pay is closed, and takes no try after that', async () => {
  const order = newOrder(shop)
  expect(await outcomeOf(order.id)).toBe('closed')
  const { body } = await pay(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toEqual([])
  expect(await outcomeOf(order.id)).toBe('closed')
})

test('a live prompt is waited out', async () => {
  const { id, order } = await startTry(shop)
  expect(await outcomeOf(order.id)).toBe('pending')
  await pay(shop, order).expect(409)
  await age(shop, id, 181)
  expect(await outcomeOf(order.id)).toBe('closed')
  await pay(shop, order).expect(409)
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a prompt that was cancelled is over once it was asked about', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  await untilStatus(shop, id, 'failed')
  expect(await outcomeOf(order.id)).toBe('pending')
  await check(shop, id)
  expect(await outcomeOf(order.id)).toBe('closed')
})

test('a failure that leaves no doubt is over at once', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.settle(checkoutRequestId, '2001')
  await untilStatus(shop, id, 'failed')
  expect(await outcomeOf(order.id)).toBe('closed')
})

test('an order whose money came is paid', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  await untilStatus(shop, id, 'completed')
  expect(await outcomeOf(order.id)).toBe('paid')
})

test('a callback that is kept but not applied yet may be money', async () => {
  const { id, order } = await startTry(shop)
  await age(shop, id, 181)
  const { callback_hash } = await paymentRow(shop, id)
  await shop.rows(
    `INSERT INTO webhook_events (id, provider, digest, secret_hash, body) VALUES ($1, 'mpesa', $2, $2, '{}')`,
    [randomUUID(), callback_hash],
  )
  expect(await outcomeOf(order.id)).toBe('pending')
})

test('money that comes after the end still counts, and is reported', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  await age(shop, id, 181)
  expect(await outcomeOf(order.id)).toBe('closed')
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  await untilStatus(shop, id, 'completed')
  expect(await outcomeOf(order.id)).toBe('paid')
})

test('closing and paying at once never leave a prompt on an order that counts as closed', async () => {
  for (let round = 0; round < 8; round++) {
    const order = newOrder(shop)
    const [payment, closing] = await Promise.all([pay(shop, order), close(order.id)])
    const { outcome } = closing.body
    expect([payment.status, outcome]).toEqual(payment.status === 201 ? [201, 'pending'] : [409, 'closed'])
  }
})

test('only the order service may, and only for an order id', async () => {
  const { id } = newOrder(shop)
  await close(id, '').expect(401)
  await close(id, asUser()).expect(401)
  await close(id, asService('order', 'product')).expect(401)
  await close(id, asService('cart', 'payment')).expect(403)
  await close('x').expect(400)
})
