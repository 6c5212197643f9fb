import { randomUUID } from 'node:crypto'
import { asService, asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { type CardShop, cardAccount, payByCard, payCardTry, startCardShop, startCardTry } from './fake-stripe'
import { newOrder, type Order, pay, paymentRow, triesOf, untilStatus } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.order.mood = 'up'
  shop.stripe.reset()
})

/** Tries until Stripe is done with a request that is still running. */
const begin = (order: Order, headers = {}) =>
  eventually('the intent', async () => {
    const answer = await payByCard(shop, order, {}, headers)
    return answer.status === 201 && answer
  })

const intents = () => shop.stripe.payments().length

test('makes an intent for the whole order, and hands out its secret and the publishable key only', async () => {
  const order = newOrder(shop, { totalAmount: 2499 })
  const { body } = await payByCard(shop, order, { amount: 2499 }).expect(201)
  expect(body).toEqual({
    message: 'Enter the card to pay with.',
    payment: {
      id: expect.any(String),
      orderId: order.id,
      userId: order.userId,
      provider: 'stripe',
      amount: 2499,
      currency: 'KES',
      status: 'pending',
      transactionId: null,
      externalReference: expect.stringMatching(/^pi_/),
      phoneNumber: null,
      failureCode: null,
      failureMessage: null,
      refundedAmount: 0,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    },
    clientSecret: expect.stringMatching(/^pi_\w+_secret_/),
    publishableKey: cardAccount.publishableKey,
  })
  const intent = shop.stripe.payment(body.payment.externalReference)
  expect(intent).toMatchObject({
    amount: 249_900,
    currency: 'kes',
    automatic_payment_methods: { enabled: true },
    metadata: { paymentId: body.payment.id, orderId: order.id, orderNumber: order.orderNumber },
  })
})

test('the secret is kept nowhere, also not with an Idempotency-Key, and read again for a replay', async () => {
  const order = newOrder(shop)
  const headers = { 'idempotency-key': randomUUID() }
  const first = await payByCard(shop, order, {}, headers).expect(201)
  const again = await payByCard(shop, order, {}, headers).expect(201)
  expect(again.body).toEqual(first.body)
  expect([first, again].map((answer) => answer.get('idempotency-replayed'))).toEqual([undefined, 'true'])
  const tables = await Promise.all(
    ['payments', 'idempotency_keys', 'webhook_events'].map((table) => shop.rows(`SELECT * FROM ${table}`)),
  )
  expect(JSON.stringify(tables)).not.toContain('_secret_')
  expect(shop.lines.join()).not.toContain('_secret_')
  const other = await payByCard(shop, newOrder(shop, { userId: order.userId }), {}, headers).expect(422)
  expect(other.body.code).toBe('idempotency_key_reused')
})

test('a second request gets the same payment, intent and secret, also after hours', async () => {
  const { id, clientSecret, order } = await startCardTry(shop)
  await shop.rows(`UPDATE payments SET created_at = now() - interval '6 hours' WHERE id = $1`, [id])
  const { body } = await payByCard(shop, order).expect(201)
  expect(body).toMatchObject({ payment: { id }, clientSecret })
  expect(intents()).toBe(1)
})

test('many at once are one intent', async () => {
  const order = newOrder(shop)
  const answers = await Promise.all(Array.from({ length: 6 }, () => payByCard(shop, order)))
  const begun = answers.filter(({ status }) => status === 201)
  expect(begun.length).toBeGreaterThanOrEqual(1)
  // The others came while the first was asking Stripe under the same key.
  expect(answers.every(({ status }) => status === 201 || status === 503)).toBe(true)
  expect(new Set(begun.map(({ body }) => body.clientSecret)).size).toBe(1)
  expect(intents()).toBe(1)
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('beside a prompt on a phone a card may be tried too', async () => {
  const order = newOrder(shop)
  await pay(shop, order).expect(201)
  await payByCard(shop, order).expect(201)
  expect(await triesOf(shop, order)).toHaveLength(2)
})

test('a new one begins where the old one was cancelled at Stripe, unheard of', async () => {
  shop.stripe.changeSwitches({ lost: { rate: 1 } })
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.step(intentId, 'cancel')
  const { body } = await payByCard(shop, order).expect(201)
  expect(body.payment.id).not.toBe(id)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'canceled' })
})

test('money that came unheard of is found, and not asked for again', async () => {
  shop.stripe.changeSwitches({ lost: { rate: 1 } })
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.pay(intentId)
  const { body } = await payByCard(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
  expect(shop.orders.get(order.id)).toMatchObject({ status: 'paid' })
})

test('a replay says that it is paid', async () => {
  const order = newOrder(shop)
  const headers = { 'idempotency-key': randomUUID() }
  const { body } = await payByCard(shop, order, {}, headers).expect(201)
  shop.stripe.pay(body.payment.externalReference)
  await untilStatus(shop, body.payment.id, 'completed')
  const again = await payByCard(shop, order, {}, headers).expect(201)
  expect(again.body).toMatchObject({
    message: 'Paid.',
    payment: { id: body.payment.id, status: 'completed' },
    clientSecret: body.clientSecret,
  })
})

test('a paid order takes no card', async () => {
  const { order } = await payCardTry(shop)
  const { body } = await payByCard(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
})

test.each([
  ['an answer that comes too late', { latency: { rate: 1, ms: 3000 } }, 'pending'],
  ['a request that is still running', { conflict: { rate: 1 } }, 'pending'],
  ['a server that fails', { serverError: { rate: 1 } }, 'failed'],
  ['a failure that is kept under the key', { savedError: { rate: 1, applied: true } }, 'failed'],
  ['too many requests', { rateLimited: { rate: 1 } }, 'failed'],
])('after %s the next request succeeds, and one intent at most can be paid', async (_what, switches, status) => {
  const order = newOrder(shop)
  // No event tells what the answer did not.
  shop.stripe.changeSwitches({ ...switches, lost: { rate: 1 } })
  const answer = await payByCard(shop, order).expect(503)
  expect(answer.body.code).toBe('provider_unavailable')
  expect(answer.get('retry-after')).toBeDefined()
  const [first] = await triesOf(shop, order)
  expect(first).toMatchObject({ status, external_reference: null })
  const faults = Object.keys(switches).map((name) => [name, { rate: 0 }])
  shop.stripe.changeSwitches(Object.fromEntries(faults))
  const { body } = await begin(order)
  expect(body.payment.id === first!.id).toBe(status === 'pending')
  expect(shop.stripe.payment(body.payment.externalReference).metadata.paymentId).toBe(body.payment.id)
  if (status === 'pending') expect(intents()).toBe(1)
})

test('an answer that is lost is asked for again under the same key', async () => {
  shop.stripe.changeSwitches({ answerLost: { rate: 1 } })
  const { intentId } = await startCardTry(shop)
  expect(shop.stripe.payments().map(({ id }) => id)).toEqual([intentId])
})

test('an event says which intent it is, where the answer does not come', async () => {
  shop.stripe.changeSwitches({ latency: { rate: 1, ms: 3000 }, beforeAnswer: { rate: 1 } })
  const { stripe } = shop.deps
  const { createIntent } = stripe!
  shop.deps.stripe = {
    ...stripe!,
    async createIntent(request) {
      const outcome = await createIntent(request)
      shop.stripe.changeSwitches({ latency: { rate: 0 } })
      return outcome
    },
  }
  const { intentId } = await startCardTry(shop).finally(() => {
    shop.deps.stripe = stripe
  })
  expect(shop.stripe.payments().map(({ id }) => id)).toEqual([intentId])
})

test('a process that died before the answer is resumed under the same key', async () => {
  const order = newOrder(shop)
  const headers = { 'idempotency-key': randomUUID() }
  shop.stripe.changeSwitches({ latency: { rate: 1, ms: 3000 }, lost: { rate: 1 } })
  await payByCard(shop, order, {}, headers).expect(503)
  shop.stripe.changeSwitches({ latency: { rate: 0 } })
  const { body } = await begin(order, headers)
  expect(await triesOf(shop, order)).toMatchObject([{ id: body.payment.id }])
  expect(intents()).toBe(1)
})

test('less than Stripe takes, or more, is out of range, and the order stays payable', async () => {
  for (const totalAmount of [50, 1_000_000]) {
    const order = newOrder(shop, { totalAmount })
    const { body } = await payByCard(shop, order).expect(422)
    expect(body).toMatchObject({ code: 'amount_out_of_range', detail: expect.stringContaining(String(totalAmount)) })
    const live = (await triesOf(shop, order)).filter(({ status }) => status === 'pending')
    expect(live).toEqual([])
  }
})

test("keys that Stripe refuses are the shop's trouble, not the customer's", async () => {
  const { stripe } = shop.deps
  shop.deps.stripe = { ...stripe!, createIntent: async () => ({ kind: 'refused', code: 'setup', message: '401' }) }
  const { body } = await payByCard(shop, newOrder(shop)).expect(503)
  shop.deps.stripe = stripe
  expect(body).toMatchObject({ code: 'provider_unavailable' })
  expect(body.detail).not.toMatch(/401|key/)
})

test('a shop without a Stripe account says so', async () => {
  const { stripe } = shop.deps
  shop.deps.stripe = null
  const { body } = await payByCard(shop, newOrder(shop)).expect(503)
  shop.deps.stripe = stripe
  expect(body.code).toBe('provider_unavailable')
})

test("an amount that is not the order's, somebody else's order and one that is over are refused", async () => {
  const order = newOrder(shop)
  expect((await payByCard(shop, order, { amount: 1 }).expect(422)).body.code).toBe('amount_mismatch')
  await payByCard(shop, order, {}, { authorization: asUser(randomUUID()) }).expect(404)
  await payByCard(shop, order, {}, { authorization: asService('order', 'payment') }).expect(401)
  await payByCard(shop, order, { orderId: 'x' }).expect(400)
  const over = newOrder(shop, { status: 'cancelled' })
  expect((await payByCard(shop, over).expect(409)).body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toEqual([])
})

test('asks nobody for money while the order service is down', async () => {
  const order = newOrder(shop)
  shop.order.mood = 'down'
  await payByCard(shop, order).expect(503)
  expect(await triesOf(shop, order)).toEqual([])
})

test('other methods are refused by name', async () => {
  const answer = await supertest(shop.app).get('/api/payments/stripe').expect(405)
  expect(answer.get('allow')).toBe('POST')
})
