import { randomUUID } from 'node:crypto'
import { queryRows } from '@duka/kit'
import { asService, asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { hashSecret } from '../src/pay-by-mpesa'
import {
  age,
  callbackOf,
  callbackPath,
  deliver,
  newOrder,
  newPhone,
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
afterEach(() => {
  shop.order.mood = 'up'
})

test('puts a prompt for the whole order on the phone, and keeps the try', async () => {
  const order = newOrder(shop, { totalAmount: 2499 })
  const phoneNumber = newPhone()
  const { body } = await pay(shop, order, { phoneNumber, amount: 2499 }).expect(201)
  const { payment, checkoutRequestId, message } = body
  expect(message).toBe('Enter your M-Pesa PIN on the phone.')
  expect(payment).toEqual({
    id: expect.any(String),
    orderId: order.id,
    userId: order.userId,
    provider: 'mpesa',
    amount: 2499,
    currency: 'KES',
    status: 'pending',
    transactionId: null,
    externalReference: checkoutRequestId,
    phoneNumber,
    failureCode: null,
    failureMessage: null,
    refundedAmount: 0,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  })
  const [prompt] = shop.safaricom.control.prompts(phoneNumber)
  expect(prompt).toMatchObject({ checkoutRequestId, amount: 2499, merchant: 'DUKA' })
  const row = await paymentRow(shop, payment.id)
  expect(row).toMatchObject({ status: 'pending', amount: '2499.00', external_reference: checkoutRequestId })
  expect(row.merchant_request_id).toBe(shop.safaricom.control.transaction(checkoutRequestId).merchantRequestId)
  expect(row.next_check_at).not.toBeNull()
})

test('gives each push a secret path of its own, keeps only its hash, and no word in it is one that Safaricom refuses', async () => {
  const [one, other] = [await startTry(shop), await startTry(shop)]
  const [path, otherPath] = [one, other].map(({ checkoutRequestId }) => callbackPath(shop, checkoutRequestId))
  expect(path).toMatch(/^\/api\/webhook\/m\/[0-9a-f]{64}$/)
  expect(otherPath).not.toBe(path)
  expect(path).not.toMatch(/m-?pesa|safaricom|exe|cmd|sql|query/i)
  const secret = path!.split('/').at(-1)!
  const row = await paymentRow(shop, one.id)
  expect(row.callback_hash).toBe(hashSecret(secret))
  expect(JSON.stringify(row)).not.toContain(secret)
})

test.each([
  ['0712345678', '254712345678'],
  ['0112345679', '254112345679'],
  ['+254712345680', '254712345680'],
  ['254112345681', '254112345681'],
  ['0712-345 682', '254712345682'],
])('takes the phone number %s as %s', async (phoneNumber, kept) => {
  const { body } = await pay(shop, newOrder(shop), { phoneNumber }).expect(201)
  expect(body.payment.phoneNumber).toBe(kept)
  expect(shop.safaricom.control.prompts(kept)).toHaveLength(1)
})

test.each([
  ['a number of another country', { phoneNumber: '+15551234567' }, 'phoneNumber'],
  ['a number that is too long', { phoneNumber: '07123456789' }, 'phoneNumber'],
  ['digits of another script', { phoneNumber: '٠٧١٢٣٤٥٦٧٨' }, 'phoneNumber'],
  ['a number as a number', { phoneNumber: 254712345678 }, 'phoneNumber'],
  ['no phone number', { phoneNumber: undefined }, 'phoneNumber'],
  ['an order id that is none', { orderId: 'x' }, 'orderId'],
  ['an amount as text', { amount: '1500' }, 'amount'],
  ['an amount below zero', { amount: -1500 }, 'amount'],
  ['an amount with three decimals', { amount: 1500.001 }, 'amount'],
])('refuses %s', async (_what, change, path) => {
  const order = newOrder(shop)
  const { body } = await pay(shop, order, change).expect(400)
  expect(body).toMatchObject({ code: 'validation_failed' })
  expect(body.errors[0].path).toBe(path)
  expect(await triesOf(shop, order)).toEqual([])
})

test('is for signed-in users', async () => {
  const order = newOrder(shop)
  for (const authorization of ['', 'Bearer nonsense', asService('order', 'payment')]) {
    await pay(shop, order, {}, { authorization }).expect(401)
  }
  expect(await triesOf(shop, order)).toEqual([])
})

test("somebody else's order, and one that does not exist, are the same 404", async () => {
  const order = newOrder(shop)
  const theirs = await pay(shop, order, {}, { authorization: asUser(randomUUID()) }).expect(404)
  const none = await pay(shop, { ...order, id: randomUUID() }).expect(404)
  expect({ ...theirs.body, requestId: '', traceId: '' }).toEqual({ ...none.body, requestId: '', traceId: '' })
})

test.each([
  ['paid', 'paid'],
  ['cancelled', 'pending'],
  ['delivered', 'paid'],
] as const)('an order that is %s is not payable', async (status, paymentStatus) => {
  const order = newOrder(shop, { status, paymentStatus })
  const { body } = await pay(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toEqual([])
})

test('an order whose last payment failed is payable', async () => {
  await pay(shop, newOrder(shop, { paymentStatus: 'failed' })).expect(201)
})

test("an amount that is not the order's is refused", async () => {
  const order = newOrder(shop)
  const { body } = await pay(shop, order, { amount: 1 }).expect(422)
  expect(body.code).toBe('amount_mismatch')
  expect(await triesOf(shop, order)).toEqual([])
})

test.each([
  ['more than M-Pesa takes at once', { totalAmount: 250_001 }],
  ['less than a shilling', { totalAmount: 0 }],
  ['cents', { totalAmount: 1499.5 }],
  ['another currency', { currency: 'USD' }],
])('%s is out of range', async (_what, change) => {
  const { body } = await pay(shop, newOrder(shop, change)).expect(422)
  expect(body.code).toBe('amount_out_of_range')
})

test('the most and the least that M-Pesa takes are taken', async () => {
  await pay(shop, newOrder(shop, { totalAmount: 250_000 })).expect(201)
  await pay(shop, newOrder(shop, { totalAmount: 1 })).expect(201)
})

test('a shop without an M-Pesa account says so', async () => {
  const { mpesa } = shop.deps
  shop.deps.mpesa = null
  const answer = await pay(shop, newOrder(shop)).expect(503)
  shop.deps.mpesa = mpesa
  expect(answer.body.code).toBe('provider_unavailable')
  expect(answer.get('retry-after')).toBeDefined()
})

test.each([
  ['down', 503, 'service_unavailable'],
  ['silent', 504, 'upstream_timeout'],
] as const)('asks nobody for money while the order service is %s', async (mood, status, code) => {
  const order = newOrder(shop)
  shop.order.mood = mood
  const answer = await pay(shop, order).expect(status)
  expect(answer.body.code).toBe(code)
  expect(answer.get('retry-after')).toBeDefined()
  expect(await triesOf(shop, order)).toEqual([])
})

test('two at once are one prompt: the other gets the live payment', async () => {
  const order = newOrder(shop)
  const answers = await Promise.all(Array.from({ length: 6 }, () => pay(shop, order)))
  const [winner] = answers.filter(({ status }) => status === 201)
  const losers = answers.filter(({ status }) => status === 409)
  expect(losers).toHaveLength(5)
  for (const loser of losers) {
    expect(loser.body).toMatchObject({ code: 'payment_pending', payment: { id: winner!.body.payment.id } })
    expect(loser.get('retry-after')).toBe('30')
  }
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a try that has been silent for three minutes becomes unknown and lets a new one in', async () => {
  const { id, order } = await startTry(shop)
  await age(shop, id, 175)
  await pay(shop, order).expect(409)
  await age(shop, id, 10)
  const { body } = await pay(shop, order).expect(201)
  const old = await paymentRow(shop, id)
  expect(old).toMatchObject({ status: 'pending', failure_code: 'unknown' })
  expect(old.failure_message).not.toMatch(/fail/i)
  expect(body.payment.id).not.toBe(id)
  await pay(shop, order).expect(409)
})

test('money that came but that the order has not heard of stops a new try', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  await untilStatus(shop, id, 'completed')
  shop.orders.set(order.id, order)
  const { body } = await pay(shop, order).expect(409)
  expect(body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a new try waits for a success that is just being written, and is then not let in', async () => {
  const { id, order } = await startTry(shop)
  const { database } = shop.deps
  const success = await database.transaction()
  const sql = `UPDATE payments SET status = 'completed', completed_at = now() WHERE id = $1`
  await queryRows(database, sql, [id], success)
  const second = pay(shop, order).then((answer) => answer)
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await eventually('second try waits', () => shop.row(waiting))
  await success.commit()
  expect((await second).body.code).toBe('order_not_payable')
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a key replays its first answer, and nothing rings again', async () => {
  const order = newOrder(shop)
  const request = { phoneNumber: newPhone() }
  const headers = { 'idempotency-key': randomUUID() }
  const first = await pay(shop, order, request, headers).expect(201)
  const again = await pay(shop, order, request, { 'idempotency-key': `"${headers['idempotency-key']}"` }).expect(201)
  expect(again.body).toEqual(first.body)
  expect(first.get('idempotency-replayed')).toBeUndefined()
  expect(again.get('idempotency-replayed')).toBe('true')
  const reused = await pay(shop, order, { phoneNumber: newPhone() }, headers).expect(422)
  expect(reused.body.code).toBe('idempotency_key_reused')
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a key whose payment exists resumes it instead of asking twice', async () => {
  const order = newOrder(shop)
  const request = { phoneNumber: newPhone() }
  const headers = { 'idempotency-key': randomUUID() }
  const first = await pay(shop, order, request, headers).expect(201)
  // As if the process had died between the push and the answer.
  const crashed = `UPDATE idempotency_keys SET status = NULL, body = NULL, locked_until = now() WHERE key = $1`
  await shop.rows(crashed, [headers['idempotency-key']])
  const again = await pay(shop, order, request, headers).expect(201)
  expect(again.body.payment.id).toBe(first.body.payment.id)
  expect(again.body.checkoutRequestId).toBe(first.body.checkoutRequestId)
  expect(again.get('idempotency-replayed')).toBeUndefined()
  expect(await triesOf(shop, order)).toHaveLength(1)
  expect(shop.safaricom.control.transactions().filter(({ phone }) => phone === request.phoneNumber)).toHaveLength(1)
})

test('a try that died before it was sent is never sent by a retry', async () => {
  const order = newOrder(shop)
  const request = { phoneNumber: newPhone() }
  const headers = { 'idempotency-key': randomUUID() }
  const { body } = await pay(shop, order, request, headers).expect(201)
  await shop.rows('UPDATE idempotency_keys SET status = NULL, locked_until = now() WHERE key = $1', [
    headers['idempotency-key'],
  ])
  await shop.rows('UPDATE payments SET external_reference = NULL, merchant_request_id = NULL WHERE id = $1', [
    body.payment.id,
  ])
  const again = await pay(shop, order, request, headers).expect(201)
  expect(again.body).toMatchObject({ checkoutRequestId: null, payment: { id: body.payment.id, status: 'pending' } })
  expect(again.body.message).toMatch(/checking/)
})

test('a resumed payment says what became of it', async () => {
  const order = newOrder(shop)
  const request = { phoneNumber: newPhone() }
  const headers = { 'idempotency-key': randomUUID() }
  const { body } = await pay(shop, order, request, headers).expect(201)
  await deliver(shop, body.checkoutRequestId, callbackOf(shop, body.checkoutRequestId, { ResultCode: 1032 }))
  await shop.rows('UPDATE idempotency_keys SET status = NULL, locked_until = now() WHERE key = $1', [
    headers['idempotency-key'],
  ])
  const again = await pay(shop, order, request, headers).expect(201)
  expect(again.body.payment).toMatchObject({ id: body.payment.id, status: 'failed', failureCode: '1032' })
  expect(again.body.message).toMatch(/cancelled/)
  expect(await triesOf(shop, order)).toHaveLength(1)
})

test('a phone that has another prompt open is busy, and the try is over', async () => {
  const phoneNumber = newPhone()
  await pay(shop, newOrder(shop), { phoneNumber }).expect(201)
  const order = newOrder(shop)
  const answer = await pay(shop, order, { phoneNumber }, { 'idempotency-key': randomUUID() }).expect(409)
  expect(answer.body.code).toBe('payer_busy')
  expect(answer.get('retry-after')).toBe('60')
  expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed', failure_code: 'payer_busy' }])
  await pay(shop, order).expect(201)
})

test('other methods are refused by name', async () => {
  const answer = await supertest(shop.app).get('/api/payments/mpesa').expect(405)
  expect(answer.get('allow')).toBe('POST')
})
