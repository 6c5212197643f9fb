import { asService, eventually, letJobsBeDue } from '@duka/testkit'
import supertest from 'supertest'
import { checkCardPayments } from '../src/check-card-payments'
import { startPaymentJobs } from '../src/jobs'
import { type CardShop, checkCard, payByCard, startCardShop, startCardTry } from './fake-stripe'
import { newOrder, paymentRow, reviewsOf, startTry, untilStatus } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.stripe.reset()
  // Every event is missed.
  shop.stripe.changeSwitches({ lost: { rate: 1 }, retries: { afterMs: [] } })
})

const statusAt = (intentId: string) => shop.stripe.payment(intentId).status
const age = (id: string, hours: number) =>
  shop.rows('UPDATE payments SET created_at = created_at - make_interval(hours => $2) WHERE id = $1', [id, hours])
const close = async (orderId: string) => {
  const path = '/api/internal/payments/close'
  const request = supertest(shop.app).post(path).set('authorization', asService('order', 'payment'))
  return (await request.send({ orderId }).expect(200)).body.outcome
}

test('money whose events were all missed is found, and the order told', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.pay(intentId)
  expect(await checkCard(shop, id)).toMatchObject({ status: 'completed', next_check_at: null })
  expect(shop.orders.get(order.id)).toMatchObject({ status: 'paid' })
})

test('an intent that waits is asked about again, ever more seldom, and left alone', async () => {
  const { id, intentId } = await startCardTry(shop)
  const waits: number[] = []
  for (let round = 0; round < 4; round++) {
    const row = await checkCard(shop, id)
    waits.push(Math.round((row.next_check_at!.getTime() - row.checked_at!.getTime()) / 1000))
  }
  expect(waits).toEqual([60, 120, 300, 300])
  expect(statusAt(intentId)).toBe('requires_payment_method')
})

test('two processes ask once', async () => {
  const { id } = await startCardTry(shop)
  await shop.rows('UPDATE payments SET next_check_at = now() WHERE id = $1', [id])
  await Promise.all([checkCardPayments(shop.deps), checkCardPayments(shop.deps)])
  expect(await paymentRow(shop, id)).toMatchObject({ checks: 1 })
})

test('while Stripe does not answer, nothing is decided', async () => {
  const { id } = await startCardTry(shop)
  shop.stripe.changeSwitches({ serverError: { rate: 1 } })
  expect(await checkCard(shop, id)).toMatchObject({ status: 'pending', checks: 1 })
})

test('once a phone has paid, the card can pay no more', async () => {
  const order = newOrder(shop)
  const prompt = await startTry(shop, order)
  const { id, intentId } = await startCardTry(shop, order)
  shop.safaricom.control.pay(prompt.checkoutRequestId)
  await untilStatus(shop, prompt.id, 'completed')
  await checkCardPayments(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'canceled' })
  expect(statusAt(intentId)).toBe('canceled')
})

test('a card that paid a moment before the end counts', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.changeSwitches({ cancelRace: { rate: 1 } })
  expect(await close(order.id)).toBe('paid')
  expect(statusAt(intentId)).toBe('succeeded')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
})

test('the end of an order ends its intent, and lets no other in', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  expect(await close(order.id)).toBe('closed')
  expect(statusAt(intentId)).toBe('canceled')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'canceled' })
  const { body } = await payByCard(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
  expect(await close(order.id)).toBe('closed')
})

test('while Stripe does not say that it is over, an order is not closed; the schedule ends the intent', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.changeSwitches({ serverError: { rate: 1 } })
  expect(await close(order.id)).toBe('pending')
  shop.stripe.changeSwitches({ serverError: { rate: 0 } })
  await checkCard(shop, id)
  expect(statusAt(intentId)).toBe('canceled')
  expect(await close(order.id)).toBe('closed')
})

test('money that is under way keeps an order open', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.step(intentId, 'pm_sim_processing')
  expect(await close(order.id)).toBe('pending')
  shop.stripe.step(intentId, 'settle')
  await checkCard(shop, id)
  expect(await close(order.id)).toBe('paid')
})

test('a try that died before its answer is found by its key, and ended with its order', async () => {
  const { id, intentId, order } = await startCardTry(shop)
  await shop.rows('UPDATE payments SET external_reference = NULL WHERE id = $1', [id])
  expect(await close(order.id)).toBe('closed')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', external_reference: intentId })
  expect(statusAt(intentId)).toBe('canceled')
  expect(shop.stripe.payments()).toHaveLength(1)
})

test('a try that never reached Stripe is over when its key may be forgotten, and no intent is made for it', async () => {
  const { id } = await startCardTry(shop)
  await shop.rows('UPDATE payments SET external_reference = NULL WHERE id = $1', [id])
  await age(id, 23)
  expect(await checkCard(shop, id)).toMatchObject({ status: 'failed', failure_code: 'never_sent' })
  expect(shop.stripe.payments()).toHaveLength(1)
})

test('after a day an intent is ended', async () => {
  const { id, intentId } = await startCardTry(shop)
  await age(id, 25)
  expect(await checkCard(shop, id)).toMatchObject({ status: 'failed', failure_code: 'canceled' })
  expect(statusAt(intentId)).toBe('canceled')
})

test('an intent that the account does not know is put before a person', async () => {
  const { id } = await startCardTry(shop)
  shop.stripe.reset()
  expect(await checkCard(shop, id)).toMatchObject({ status: 'failed', failure_code: 'missing' })
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'unknown_to_provider' }])
})

test('a process that died after keeping an event is followed by one that applies it', async () => {
  const { id, intentId } = await startCardTry(shop)
  await shop.rows(`ALTER TABLE payments ADD CONSTRAINT bug CHECK (status <> 'completed') NOT VALID`)
  shop.stripe.changeSwitches({ lost: { rate: 0 } })
  shop.stripe.pay(intentId)
  await eventually('failed to apply', async () => shop.lines.some((line) => line.includes('left_to_job')))
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
  await shop.rows('ALTER TABLE payments DROP CONSTRAINT bug')
  await shop.rows(letJobsBeDue)
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  try {
    await untilStatus(shop, id, 'completed')
  } finally {
    await jobs.stop()
  }
})
