import { asService, eventually } from '@duka/testkit'
import supertest from 'supertest'
import {
  age,
  callbackOf,
  check,
  deliver,
  newReceipt,
  paidItems,
  paymentRow,
  reviewsOf,
  type Shop,
  startShop,
  startTry,
  untilStatus,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
  shop.deps.mpesa!.confirmByQuery = true
})
afterAll(() => shop.stop())
afterEach(() => shop.safaricom.control.reset())

const close = async (orderId: string) =>
  (
    await supertest(shop.app)
      .post('/api/internal/payments/close')
      .set({ authorization: asService('order', 'payment') })
      .send({ orderId })
      .expect(200)
  ).body.outcome

test('a callback that Safaricom confirms completes the payment at once, with its receipt', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const { receipt } = shop.safaricom.control.pay(checkoutRequestId)
  expect(await untilStatus(shop, id, 'completed')).toMatchObject({ transaction_id: receipt, checks: 1 })
  await eventually('order told', async () => (await paymentRow(shop, id)).reported_at)
})

test('a callback that nobody confirms yet pays for nothing, and its order is not closed over it', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  const receipt = newReceipt()
  // The prompt is still on the phone: whoever sent this knew the secret, but not the truth.
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, { items: paidItems(receipt) }))
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', transaction_id: receipt })
  await age(shop, id, 200)
  expect(await close(order.id)).toBe('pending')
  shop.safaricom.control.settle(checkoutRequestId, '0')
  await check(shop, id)
  expect(await untilStatus(shop, id, 'completed')).toMatchObject({ transaction_id: receipt })
})

test('where the two disagree a person decides, and nothing is failed', async () => {
  shop.safaricom.control.changeSwitches({ queryDisagrees: { rate: 1 } })
  const { id, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  await eventually('review', async () => (await reviewsOf(shop, id)).length > 0)
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'query_disagrees', detail: expect.stringContaining('denies') }])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', next_check_at: null, completed_at: null })
})
