import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import supertest from 'supertest'
import { age, newOrder, type Shop, startShop, startTry, untilStatus } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.order.mood = 'up'
})

const read = (path: string, authorization: string) =>
  supertest(shop.app).get(`/api/payments/${path}`).set({ authorization })

test('a payment is read by its payer', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  await untilStatus(shop, id, 'completed')
  const { body } = await read(id, asUser(order.userId)).expect(200)
  expect(body.payment).toMatchObject({ id, status: 'completed', amount: 1500, transactionId: expect.any(String) })
  expect(Object.keys(body.payment)).not.toContain('callbackHash')
})

test("somebody else's payment is a 404, an admin's look included", async () => {
  const { id } = await startTry(shop)
  const theirs = await read(id, asUser()).expect(404)
  const none = await read(randomUUID(), asUser()).expect(404)
  expect(theirs.body.detail).toBe(none.body.detail)
  await read(id, asUser(randomUUID(), 'admin')).expect(404)
  await read('not-a-uuid', asUser()).expect(404)
  await read(id, '').expect(401)
})

test("an order's tries come newest first", async () => {
  const first = await startTry(shop)
  await age(shop, first.id, 181)
  const second = await startTry(shop, first.order)
  const { body } = await read(`order/${first.order.id}`, asUser(first.order.userId)).expect(200)
  expect(body.payments.map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
})

test('an order without a try has no payments, and is known by its owner only', async () => {
  const order = newOrder(shop)
  const { body } = await read(`order/${order.id}`, asUser(order.userId)).expect(200)
  expect(body).toEqual({ payments: [] })
  await read(`order/${order.id}`, asUser()).expect(404)
  await read(`order/${randomUUID()}`, asUser()).expect(404)
  await read('order/x', asUser()).expect(404)
  await read(`order/${order.id}`, '').expect(401)
})

test("somebody else sees nothing of an order's tries", async () => {
  const { order } = await startTry(shop)
  await read(`order/${order.id}`, asUser()).expect(404)
})

test('tries are shown while the order service is down', async () => {
  const { order } = await startTry(shop)
  shop.order.mood = 'down'
  await read(`order/${order.id}`, asUser(order.userId)).expect(200)
  await read(`order/${newOrder(shop).id}`, asUser()).expect(503)
})
