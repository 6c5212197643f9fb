import { randomUUID } from 'node:crypto'
import { asUser } from '@duka/testkit'
import supertest from 'supertest'
import { type CardShop, deliverEvent, paidIntent, startCardShop, startCardTry, writeEvent } from './fake-stripe'
import { refundsOf, untilRefund } from './refund-support'
import { newOrder, paymentRow, triesOf } from './support'

let shop: CardShop
const admin = asUser(undefined, 'admin')

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.stripe.reset()
  shop.order.refuses = null
})

const succeeded = 'payment_intent.succeeded'

async function reviewOf(eventId: string) {
  const { body } = await supertest(shop.app)
    .get('/api/admin/payments/review?limit=100')
    .set({ authorization: admin })
    .expect(200)
  return body.reviews.find(({ event }: { event: { id: string } | null }) => event?.id === eventId)
}

const decide = (id: string, body: object) =>
  supertest(shop.app)
    .post(`/api/admin/payments/review/${id}`)
    .set({ authorization: admin })
    .send({ note: 'By its mail', decision: 'match', ...body })

/** A paid intent that carries our mark, and no payment here has it. */
async function sendLost(change: object = {}) {
  const row = await paymentRow(shop, (await startCardTry(shop)).id)
  const lost = { id: `pi_${randomUUID()}`, metadata: { paymentId: randomUUID() }, ...change }
  const intent = paidIntent(row, lost)
  const event = await deliverEvent(shop, writeEvent(succeeded, intent))
  return { intent, event, review: await reviewOf(event.id) }
}

test('a paid intent without a payment is matched to an order, which it pays, once', async () => {
  const { intent, event, review } = await sendLost()
  expect(review).toMatchObject({ kind: 'unmatched', payment: null, decisions: ['match', 'write_off'] })
  const order = newOrder(shop)
  expect((await decide(review.id, {}).expect(422)).body.code).toBe('order_needed')
  await decide(review.id, { orderId: order.id }).expect(200)
  await decide(review.id, { orderId: order.id }).expect(200)
  expect(await triesOf(shop, order)).toMatchObject([
    {
      provider: 'stripe',
      status: 'completed',
      amount: '1500.00',
      transaction_id: intent.latest_charge,
      external_reference: intent.id,
    },
  ])
  expect(shop.orders.get(order.id)?.status).toBe('paid')
  await supertest(shop.app)
    .post(`/api/admin/payments/events/${event.id}/replay`)
    .set({ authorization: admin })
    .expect(409)
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('matched money that its order cannot take is asked back from Stripe by itself', async () => {
  const { review } = await sendLost()
  const order = newOrder(shop)
  shop.order.refuses = 'It is paid already.'
  await decide(review.id, { orderId: order.id }).expect(200)
  const [payment] = await triesOf(shop, order)
  expect(await refundsOf(shop, payment!.id)).toMatchObject([{ amount: '1500.00', actor_role: 'system' }])
})

test('money of the wrong amount is matched to the order that it was for, and its try is over', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  const wrong = paidIntent(await paymentRow(shop, id), { amount_received: 70_000 })
  const event = await deliverEvent(shop, writeEvent(succeeded, wrong))
  const review = await reviewOf(event.id)
  expect(review).toMatchObject({ kind: 'wrong_amount', decisions: ['match', 'write_off'] })
  shop.order.refuses = 'The sum is not its total.'
  await decide(review.id, {}).expect(200)
  const tries = await triesOf(shop, order)
  expect(tries.find((each) => each.id === id)).toMatchObject({ status: 'failed', failure_code: 'matched' })
  const matched = tries.find((each) => each.id !== id)!
  expect(matched).toMatchObject({ status: 'completed', amount: '700.00', external_reference: intentId })
  const [refund] = await refundsOf(shop, matched.id)
  expect(refund).toMatchObject({ amount: '700.00' })
  // The simulator never took it, so it refuses to give it back.
  await untilRefund(shop, refund!.id, 'failed')
})

test('what a payment has already, money in another currency and of another mode pay nothing', async () => {
  const known = await sendLost()
  await decide(known.review.id, { orderId: newOrder(shop).id }).expect(200)
  const again = await sendLost({ latest_charge: known.intent.latest_charge })
  expect((await decide(again.review.id, { orderId: newOrder(shop).id }).expect(409)).body.code).toBe('receipt_reused')
  const foreign = await sendLost({ currency: 'usd' })
  expect((await decide(foreign.review.id, { orderId: newOrder(shop).id }).expect(422)).body.code).toBe(
    'currency_mismatch',
  )
  const real = await sendLost({ livemode: true })
  expect(real.review).toMatchObject({ kind: 'wrong_mode', decisions: ['write_off'] })
  await decide(real.review.id, { orderId: newOrder(shop).id }).expect(409)
})
