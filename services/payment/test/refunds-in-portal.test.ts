import { asService, asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import {
  admin,
  advance,
  movedBack,
  refund,
  refundRow,
  refundsOf,
  startPaid,
  startPaidWithoutReceipt,
  untilRefund,
  untilTried,
} from './refund-support'
import { paymentRow, postCallback, type Shop, startShop, startTry } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.safaricom.control.reset()
  shop.useSafaricom(shop.safaricom.url)
})

const whole = { kind: 'reversal', amount: 1500, phone: expect.any(String) }
/** The last that the order heard of it, where that is of a refund. */
function toldOrder(id: string) {
  const report = shop.order.reports.filter(({ paymentId }) => paymentId === id).at(-1)
  return report?.status === 'paid' ? undefined : report
}
const cancel = (orderId: string) =>
  supertest(shop.app)
    .post('/api/internal/payments/refund-order')
    .set({ authorization: asService('order', 'payment') })
    .send({ orderId, reason: 'Not wanted', actor: { id: null, role: 'customer' } })
const decide = (id: string, decision: string) =>
  supertest(shop.app)
    .post(`/api/admin/payments/review/${id}`)
    .set({ authorization: admin })
    .send({ decision, note: 'Given back at the counter' })
const openReviews = (paymentId: string) =>
  shop.rows<{ id: string; kind: string }>(
    'SELECT id, kind FROM payment_reviews WHERE payment_id = $1 AND resolved_at IS NULL',
    [paymentId],
  )

async function expectWholeBack(id: string) {
  await eventually('refunded', async () => (await paymentRow(shop, id)).status === 'refunded')
  expect(movedBack(shop)).toEqual([whole])
  await eventually('order told', async () => toldOrder(id)?.status === 'refunded')
  expect(await openReviews(id)).toEqual([])
}

test.each([
  ['by a refund', (id: string) => refund(shop, id)],
  ['by the end of its order', (_id: string, orderId: string) => cancel(orderId)],
])('a payment that was reversed in the portal and is given back whole %s goes back once', async (_how, giveBack) => {
  const { id, order, receipt } = await startPaid(shop)
  shop.safaricom.control.reverse(receipt)
  await giveBack(id, order.id).expect(202)
  await expectWholeBack(id)
})

test('ours first: the portal has nothing left to reverse', async () => {
  const { id, receipt } = await startPaid(shop)
  await refund(shop, id).expect(202)
  await expectWholeBack(id)
  expect(() => shop.safaricom.control.reverse(receipt)).toThrow('reversed already')
})

test('both at once: ours is with Safaricom when the portal reverses, and is done', async () => {
  const { id, receipt } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({ auto: { delayMs: 3_600_000 } })
  const { body } = await refund(shop, id).expect(202)
  await untilTried(shop, body.refund.id)
  shop.safaricom.control.reverse(receipt)
  shop.safaricom.control.changeSwitches({ auto: { delayMs: 0 } })
  await advance(shop, body.refund.id)
  await expectWholeBack(id)
})

/** A payout that Safaricom refused, as the initiator is unknown. */
async function failPayout(amount: number) {
  const { id, receipt } = await startPaid(shop)
  shop.useSafaricom(shop.safaricom.url, { initiator: { name: 'nobody', credential: 'x', payoutShortcode: '174379' } })
  const refundId = (await refund(shop, id, { amount }).expect(202)).body.refund.id as string
  await untilRefund(shop, refundId, 'failed')
  shop.useSafaricom(shop.safaricom.url)
  const [review] = await openReviews(id)
  return { id, refundId, receipt, review: review! }
}

test('a refund that failed and that a person gave back by hand counts, and the order hears of it', async () => {
  const { id, refundId, review } = await failPayout(600)
  await decide(review.id, 'accept').expect(200)
  expect(await refundRow(shop, refundId)).toMatchObject({ status: 'succeeded', transaction_id: null })
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '600.00', refunding_amount: '0.00' })
  await eventually('order told', async () => toldOrder(id)?.refundedAmount === 600)
  expect(movedBack(shop)).toEqual([])
  await decide(review.id, 'accept').expect(200)
  expect((await paymentRow(shop, id)).refunded_amount).toBe('600.00')
})

test('what another refund gives back meanwhile is not accepted too', async () => {
  const { id, review } = await failPayout(600)
  const other = (await refund(shop, id, { amount: 1000 }).expect(202)).body.refund.id
  await untilRefund(shop, other, 'succeeded')
  const { body } = await decide(review.id, 'accept').expect(409)
  expect(body).toMatchObject({ code: 'decision_not_possible', detail: expect.stringContaining('KES 500 can still') })
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '1000.00' })
})

test('where a refund that was given back by hand goes out after all, a person sees that it went twice', async () => {
  const { id, refundId, review } = await failPayout(600)
  await decide(review.id, 'accept').expect(200)
  const secret = 'ab'.repeat(32)
  await shop.rows(
    `INSERT INTO mpesa_calls (id, refund_id, kind, result_hash, timeout_hash)
     VALUES (gen_random_uuid(), $1, 'payout', encode(sha256($2::bytea), 'hex'), gen_random_uuid()::text)`,
    [refundId, secret],
  )
  const ids = { OriginatorConversationID: refundId, ConversationID: 'AG_late', TransactionID: 'UABLATE001' }
  const body = JSON.stringify({ Result: { ResultType: 0, ResultCode: 0, ResultDesc: 'Done', ...ids } })
  await postCallback(shop, `/api/webhook/m/${secret}`, body).expect(200)
  await eventually('seen', async () => (await openReviews(id)).some(({ kind }) => kind === 'refunded_twice'))
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '600.00', refunding_amount: '0.00' })
})

test('a reversal of a payment without a receipt is written down, and nothing is sent', async () => {
  const { id } = await startPaidWithoutReceipt(shop)
  const token = asUser(undefined, 'admin')
  const write = () =>
    refund(shop, id, { alreadyGivenBack: true, reason: 'Reversed in the portal' }, token).set('Idempotency-Key', 'a-1')
  const { body } = await write().expect(202)
  expect(body).toMatchObject({
    payment: { status: 'refunded', refundedAmount: 1500 },
    refund: { status: 'succeeded', amount: 1500, reason: 'Reversed in the portal', transactionId: null },
  })
  expect((await write().expect(202)).body.refund.id).toBe(body.refund.id)
  await eventually('order told', async () => toldOrder(id)?.status === 'refunded')
  expect(movedBack(shop)).toEqual([])
  expect(await refundsOf(shop, id)).toHaveLength(1)
})

test('what the portal gave back beside a part of ours is written down as far as there is room', async () => {
  const { id, receipt } = await startPaid(shop)
  const part = (await refund(shop, id, { amount: 600 }).expect(202)).body.refund.id
  await untilRefund(shop, part, 'succeeded')
  shop.safaricom.control.reverse(receipt)
  const more = await refund(shop, id, { alreadyGivenBack: true, amount: 1500 }).expect(422)
  expect(more.body).toMatchObject({ code: 'refund_too_large', refundable: 900 })
  await refund(shop, id, { alreadyGivenBack: true }).expect(202)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
  expect(movedBack(shop)).toHaveLength(2)
})

test('money that never came was not given back', async () => {
  const { id } = await startTry(shop)
  expect((await refund(shop, id, { alreadyGivenBack: true }).expect(409)).body.code).toBe('not_refundable')
})
