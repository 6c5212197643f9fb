import { randomBytes, randomUUID } from 'node:crypto'
import { asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { checkSilentPayments } from '../src/check-silent-payments'
import { advance, refund, refundsOf, startPaid, untilRefund, untilTried } from './refund-support'
import {
  age,
  callbackOf,
  check,
  deliver,
  newOrder,
  newReceipt,
  paidItems,
  paymentRow,
  postCallback,
  type Shop,
  startShop,
  startTry,
  triesOf,
  writeCallback,
} from './support'

let shop: Shop
const adminId = randomUUID()
const admin = asUser(adminId, 'admin')

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.safaricom.control.reset()
  shop.order.refuses = null
})

const get = (path: string, authorization = admin) => supertest(shop.app).get(path).set({ authorization })
const decide = (id: string, body: object, authorization = admin) =>
  supertest(shop.app)
    .post(`/api/admin/payments/review/${id}`)
    .set({ authorization })
    .send({ note: 'Looked it up', ...body })

interface Review {
  id: string
  kind: string
  reason: string
  decisions: string[]
  payment: { id: string } | null
  event: { id: string; body: string } | null
}

async function openReviews(query = ''): Promise<Review[]> {
  return (await get(`/api/admin/payments/review?limit=100${query}`).expect(200)).body.reviews
}

async function reviewOf(paymentId: string): Promise<Review> {
  return eventually('review', async () => (await openReviews()).find(({ payment }) => payment?.id === paymentId))
}

/** A prompt whose callback names another amount, so that nobody knows what came. */
async function startWrongAmount() {
  const started = await startTry(shop)
  const receipt = newReceipt()
  const event = await deliver(
    shop,
    started.checkoutRequestId,
    callbackOf(shop, started.checkoutRequestId, { items: paidItems(receipt, 1) }),
  )
  return { ...started, receipt, event, review: await reviewOf(started.id) }
}

/** Money for nothing that this shop asked for, at an address that is not one of ours. */
async function sendUnmatched(receipt = newReceipt(), amount = 1500) {
  const ids = { CheckoutRequestID: `ws_CO_${randomUUID()}`, MerchantRequestID: randomUUID() }
  const body = writeCallback({ ...ids, items: paidItems(receipt, amount) })
  await postCallback(shop, `/api/webhook/m/${randomBytes(32).toString('hex')}`, body).expect(200)
  const review = await eventually('review', async () =>
    (await openReviews('&kind=unmatched')).find(({ reason }) => reason.includes(receipt)),
  )
  return { receipt, review, body }
}

test('what needs a person is listed, with its reason, what it is about and what can be done', async () => {
  const { id, event, review } = await startWrongAmount()
  expect(review).toMatchObject({
    kind: 'wrong_amount',
    reason: expect.stringContaining('another amount'),
    payment: { id, status: 'pending', orderNumber: expect.any(String) },
    event: { id: event.id, body: event.body, outcome: 'review' },
    decisions: ['match', 'accept', 'write_off'],
    resolvedAt: null,
    decision: null,
    decidedBy: null,
  })
  expect((await openReviews('&kind=wrong_amount')).some((each) => each.id === review.id)).toBe(true)
  expect((await openReviews('&kind=silent')).some((each) => each.id === review.id)).toBe(false)
})

test('accepted, the payment is completed with its receipt, the order hears of it, and who decided is kept', async () => {
  const { id, receipt, review } = await startWrongAmount()
  const { body } = await decide(review.id, { decision: 'accept' }).expect(200)
  expect(body.review).toMatchObject({
    decision: 'accept',
    note: 'Looked it up',
    decidedBy: { id: adminId, role: 'admin' },
    decisions: [],
    payment: { status: 'completed', transactionId: receipt },
  })
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', reported_at: expect.any(Date) })
  expect((await openReviews()).some((each) => each.id === review.id)).toBe(false)
  const { body: resolved } = await get('/api/admin/payments/review?state=resolved').expect(200)
  expect(resolved.reviews[0]).toMatchObject({ id: review.id })
})

test('of two decisions at once one stands, and only the same one again is taken', async () => {
  const { review } = await startWrongAmount()
  const other = asUser(undefined, 'admin')
  const answers = await Promise.all([
    decide(review.id, { decision: 'accept' }),
    decide(review.id, { decision: 'write_off' }, other),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  const isAccepted = answers[0]!.status === 200
  await decide(review.id, { decision: 'accept' }).expect(isAccepted ? 200 : 409)
  await decide(review.id, { decision: 'write_off' }, other).expect(isAccepted ? 409 : 200)
  expect((await decide(review.id, { decision: 'match' }).expect(409)).body.code).toBe('already_decided')
})

test('a silent payment that is written off is failed, and money that comes after all still counts', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  await age(shop, id, 49 * 3600)
  await check(shop, id)
  const review = await reviewOf(id)
  expect(review).toMatchObject({ kind: 'silent', decisions: ['accept', 'write_off'] })
  await decide(review.id, { decision: 'write_off', note: 'Not in the statement' }).expect(200)
  expect(await paymentRow(shop, id)).toMatchObject({
    status: 'failed',
    failure_code: 'written_off',
    failure_message: 'Not in the statement',
  })
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
})

test('money that came without a payment is matched to an order, which it pays, once', async () => {
  const { receipt, review } = await sendUnmatched()
  expect(review).toMatchObject({ payment: null, decisions: ['match', 'write_off'] })
  const order = newOrder(shop)
  expect((await decide(review.id, { decision: 'match' }).expect(422)).body.code).toBe('order_needed')
  await decide(review.id, { decision: 'match', orderId: randomUUID() }).expect(404)
  await decide(review.id, { decision: 'match', orderId: order.id }).expect(200)
  expect(await triesOf(shop, order)).toMatchObject([
    { status: 'completed', transaction_id: receipt, amount: '1500.00', phone_number: '254712345678' },
  ])
  expect(shop.orders.get(order.id)?.status).toBe('paid')
  await decide(review.id, { decision: 'match', orderId: order.id }).expect(200)
  expect(await triesOf(shop, order)).toHaveLength(1)
  const other = await decide(review.id, { decision: 'match', orderId: newOrder(shop).id }).expect(409)
  expect(other.body).toMatchObject({ code: 'already_decided', detail: expect.stringContaining('another order') })
  const replay = `/api/admin/payments/events/${review.event!.id}/replay`
  await supertest(shop.app).post(replay).set({ authorization: admin }).expect(409)
})

test('money that is matched to another order counts for that one only, whatever a query says of its own try', async () => {
  const { id, receipt, checkoutRequestId, review } = await startWrongAmount()
  const order = newOrder(shop)
  await decide(review.id, { decision: 'match', orderId: order.id }).expect(200)
  expect(await triesOf(shop, order)).toMatchObject([
    { status: 'completed', transaction_id: receipt, external_reference: checkoutRequestId },
  ])
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  shop.safaricom.control.pay(checkoutRequestId)
  shop.safaricom.control.changeSwitches({ lost: { rate: 0 } })
  await checkSilentPayments(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'failed', failure_code: 'matched', completed_at: null })
})

test('money that a query has counted meanwhile is not matched once more', async () => {
  const { id, checkoutRequestId, review } = await startWrongAmount()
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  shop.safaricom.control.pay(checkoutRequestId)
  shop.safaricom.control.changeSwitches({ lost: { rate: 0 } })
  await checkSilentPayments(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', transaction_id: null })
  expect(await reviewOf(id)).toMatchObject({ decisions: ['write_off'] })
  const { body } = await decide(review.id, { decision: 'match' }).expect(409)
  expect(body.code).toBe('decision_not_possible')
  const elsewhere = await sendUnmatched()
  const copy = 'UPDATE webhook_events SET body = $2 WHERE id = $1'
  await shop.rows(copy, [elsewhere.review.event!.id, review.event!.body])
  const answer = await decide(elsewhere.review.id, { decision: 'match', orderId: newOrder(shop).id }).expect(409)
  expect(answer.body.code).toBe('receipt_reused')
})

test.each([
  [1, 'pending'],
  [1500, 'failed'],
])('KES %d that is matched to an order which is to be paid in cash leaves the cash %s', async (amount, status) => {
  const order = newOrder(shop)
  const choose = supertest(shop.app).post('/api/payments/cash-on-delivery').send({ orderId: order.id })
  const { body } = await choose.set({ authorization: asUser(order.userId) }).expect(201)
  const { review } = await sendUnmatched(newReceipt(), amount)
  if (amount !== order.totalAmount) shop.order.refuses = "The sum is not the order's total."
  await decide(review.id, { decision: 'match', orderId: order.id }).expect(200)
  expect(await paymentRow(shop, body.payment.id)).toMatchObject({ status })
})

test('matched money that its order cannot take goes back by itself', async () => {
  const { review } = await sendUnmatched(newReceipt(), 700)
  const order = newOrder(shop)
  shop.order.refuses = 'The sum is not its total.'
  await decide(review.id, { decision: 'match', orderId: order.id }).expect(200)
  const [payment] = await triesOf(shop, order)
  expect(await refundsOf(shop, payment!.id)).toMatchObject([{ amount: '700.00', actor_role: 'system' }])
})

test('a receipt that has a payment pays nothing else', async () => {
  const { receipt } = await startPaid(shop)
  const { review } = await sendUnmatched()
  await shop.rows('UPDATE webhook_events SET body = replace(body, $2, $3) WHERE id = $1', [
    review.event!.id,
    /UAB\d{7}/.exec(review.event!.body)![0],
    receipt,
  ])
  const { body } = await decide(review.id, { decision: 'match', orderId: newOrder(shop).id }).expect(409)
  expect(body.code).toBe('receipt_reused')
})

test('a flood of strange callbacks fills no list, and what names a known request is asked about instead', async () => {
  const { checkoutRequestId } = await startTry(shop)
  const ids = { CheckoutRequestID: checkoutRequestId, MerchantRequestID: randomUUID() }
  const forged = writeCallback({ ...ids, items: paidItems(newReceipt()) })
  await postCallback(shop, '/api/webhook/mpesa', forged).expect(200)
  await shop.rows(
    `INSERT INTO payment_reviews (id, kind, detail) SELECT gen_random_uuid(), 'unmatched', 'x' FROM generate_series(1, 100)`,
  )
  const strange = writeCallback({ CheckoutRequestID: 'x', MerchantRequestID: 'y', items: paidItems(newReceipt()) })
  await postCallback(shop, '/api/webhook/mpesa', strange).expect(200)
  const open = await shop.rows<{ body: string }>(
    `SELECT e.body FROM payment_reviews r JOIN webhook_events e ON e.id = r.event_id WHERE r.kind = 'unmatched'`,
  )
  expect(open.map(({ body }) => body)).not.toContain(forged)
  expect(open.map(({ body }) => body)).not.toContain(strange)
  await shop.rows(`DELETE FROM payment_reviews WHERE detail = 'x'`)
})

test('a payment that was paid twice: the second money is matched, and goes back', async () => {
  const { id, order, checkoutRequestId } = await startPaid(shop)
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  const review = await reviewOf(id)
  expect(review).toMatchObject({ kind: 'second_receipt', decisions: ['match', 'write_off'] })
  shop.order.refuses = 'It is paid already.'
  await decide(review.id, { decision: 'match' }).expect(200)
  const [, second] = await triesOf(shop, order)
  expect(await refundsOf(shop, second!.id)).toMatchObject([{ amount: '1500.00' }])
  expect(await refundsOf(shop, id)).toEqual([])
})

test('a failed refund is tried again by a decision', async () => {
  const { id } = await startPaid(shop)
  shop.useSafaricom(shop.safaricom.url, { initiator: { name: 'nobody', credential: 'x', payoutShortcode: '174379' } })
  const first = (await refund(shop, id, { amount: 600 }).expect(202)).body.refund.id
  await untilRefund(shop, first, 'failed')
  shop.useSafaricom(shop.safaricom.url)
  const review = await reviewOf(id)
  expect(review).toMatchObject({ kind: 'refund_failed', decisions: ['refund', 'accept', 'write_off'] })
  await decide(review.id, { decision: 'refund' }).expect(200)
  const again = (await refundsOf(shop, id)).find((each) => each.id !== first)!
  await untilRefund(shop, again.id, 'succeeded')
  expect(again).toMatchObject({ actor_id: adminId, reason: 'Looked it up' })
})

/** A refund of 600 whose result never came. */
async function startSilentRefund() {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  const refundId = (await refund(shop, id, { amount: 600 }).expect(202)).body.refund.id as string
  await untilTried(shop, refundId)
  await shop.rows(`UPDATE refunds SET created_at = created_at - interval '49 hours' WHERE id = $1`, [refundId])
  await advance(shop, refundId)
  return { id, refundId, review: await reviewOf(id) }
}

test.each([
  ['accept', 'succeeded', '600.00'],
  ['write_off', 'failed', '0.00'],
])('a refund that nobody heard of again, decided as %s, is %s', async (decision, status, refunded) => {
  const { id, refundId, review } = await startSilentRefund()
  expect(review).toMatchObject({ kind: 'refund_silent', refundId, decisions: ['refund', 'accept', 'write_off'] })
  await decide(review.id, { decision }).expect(200)
  expect(await refundsOf(shop, id)).toMatchObject([{ status }])
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '0.00', refunded_amount: refunded })
  const open = (await openReviews()).filter(({ payment }) => payment?.id === id)
  expect(open).toEqual([])
})

test('a decision that makes no sense is refused with what would', async () => {
  const { review } = await startWrongAmount()
  const { body } = await decide(review.id, { decision: 'refund' }).expect(409)
  expect(body).toMatchObject({
    code: 'decision_not_possible',
    detail: expect.stringContaining('match, accept, write_off'),
  })
})

test('only who may, and only what is there', async () => {
  const { review } = await startWrongAmount()
  const body = { decision: 'accept' }
  await decide(review.id, body, '').expect(401)
  await decide(review.id, body, asUser()).expect(403)
  await decide('x', body).expect(404)
  await decide(randomUUID(), body).expect(404)
  await decide(review.id, { decision: 'forget' }).expect(400)
  await decide(review.id, { decision: 'accept', note: '' }).expect(400)
  await get('/api/admin/payments/review', asUser()).expect(403)
  await get('/api/admin/payments/review', '').expect(401)
  await get('/api/admin/payments/review?state=all').expect(400)
})
