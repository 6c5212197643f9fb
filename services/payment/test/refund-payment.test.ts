import { randomUUID } from 'node:crypto'
import { asService, asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { reportUnreportedRefunds } from '../src/report-refund'
import {
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
import { paymentRow, reviewsOf, type Shop, startShop, startTry } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  // What the last test left open is not for the next one to take further.
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.safaricom.control.reset()
  shop.useSafaricom(shop.safaricom.url)
  shop.order.mood = 'up'
})

const lose = { lost: { rate: 1 } }
const deliverAgain = { lost: { rate: 0 } }
const reportsOf = (id: string) => shop.order.reports.filter(({ paymentId }) => paymentId === id)
const callsOf = (id: string) =>
  shop.rows<{ kind: string; outcome: string }>(
    'SELECT kind, outcome FROM mpesa_calls WHERE refund_id = $1 ORDER BY id',
    [id],
  )

test('a whole payment is reversed, followed to its result, and the order hears of it', async () => {
  const { id, order } = await startPaid(shop)
  const { body } = await refund(shop, id).expect(202)
  expect(body).toMatchObject({
    payment: { id, status: 'completed', refundedAmount: 0 },
    refund: { paymentId: id, amount: 1500, status: 'requested', reason: 'It broke', actor: { role: 'admin' } },
  })
  const row = await untilRefund(shop, body.refund.id, 'succeeded')
  expect(row.transaction_id).toMatch(/^[A-Z0-9]{10}$/)
  expect(movedBack(shop)).toEqual([expect.objectContaining({ kind: 'reversal', amount: 1500 })])
  expect(await paymentRow(shop, id)).toMatchObject({
    status: 'refunded',
    refunded_amount: '1500.00',
    refunding_amount: '0.00',
  })
  await eventually('order told', async () => reportsOf(id).length === 2)
  expect(reportsOf(id)[1]).toEqual({
    orderId: order.id,
    paymentId: id,
    provider: 'mpesa',
    status: 'refunded',
    amount: 1500,
    currency: 'KES',
    refundedAmount: 1500,
    refundRevision: 1,
  })
})

test('a part is paid out to the phone that paid, and so is the rest', async () => {
  const { id } = await startPaid(shop)
  const { phone_number } = await paymentRow(shop, id)
  const first = await refund(shop, id, { amount: 500 }).expect(202)
  await untilRefund(shop, first.body.refund.id, 'succeeded')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'partially_refunded', refunded_amount: '500.00' })
  const rest = await refund(shop, id).expect(202)
  expect(rest.body.refund.amount).toBe(1000)
  await untilRefund(shop, rest.body.refund.id, 'succeeded')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
  expect(movedBack(shop)).toEqual([
    { kind: 'payout', amount: 500, phone: phone_number },
    { kind: 'payout', amount: 1000, phone: phone_number },
  ])
  await eventually('order told', async () => reportsOf(id).at(-1)?.status === 'refunded')
})

test('a success without a receipt is paid out', async () => {
  const { id } = await startPaidWithoutReceipt(shop)
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  expect(movedBack(shop)).toEqual([expect.objectContaining({ kind: 'payout', amount: 1500 })])
})

test('of what is on its way or went back, nothing more is refundable', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({ auto: { delayMs: 3_600_000 } })
  const first = (await refund(shop, id).expect(202)).body.refund.id
  const tooLarge = { code: 'refund_too_large', refundable: 0 }
  expect((await refund(shop, id).expect(422)).body).toMatchObject(tooLarge)
  await untilTried(shop, first)
  shop.safaricom.control.changeSwitches({ auto: { delayMs: 0 } })
  await advance(shop, first)
  await untilRefund(shop, first, 'succeeded')
  expect((await refund(shop, id).expect(422)).body).toMatchObject(tooLarge)
  expect((await refund(shop, id, { amount: 1 }).expect(422)).body).toMatchObject(tooLarge)
})

test('many refunds at once never give back more than came', async () => {
  const { id } = await startPaid(shop)
  const answers = await Promise.all(Array.from({ length: 8 }, () => refund(shop, id, { amount: 400 })))
  const statuses = answers.map(({ status }) => status).sort()
  expect(statuses).toEqual([202, 202, 202, 422, 422, 422, 422, 422])
  expect(answers.find(({ status }) => status === 422)?.body).toMatchObject({ code: 'refund_too_large' })
  for (const { id: refundId } of await refundsOf(shop, id)) await untilRefund(shop, refundId, 'succeeded')
  expect(movedBack(shop)).toHaveLength(3)
  expect((await refund(shop, id, { amount: 300.5 }).expect(422)).body.code).toBe('amount_out_of_range')
  expect((await refund(shop, id, { amount: 301 }).expect(422)).body).toMatchObject({ refundable: 300 })
})

test('the same key gives the same refund again', async () => {
  const { id } = await startPaid(shop)
  const token = asUser(undefined, 'admin')
  const send = (body = {}) => refund(shop, id, { amount: 100, ...body }, token).set('Idempotency-Key', 'refund-1')
  const [first, again] = [await send().expect(202), await send().expect(202)]
  expect(again.body.refund.id).toBe(first.body.refund.id)
  expect(again.headers['idempotency-replayed']).toBe('true')
  await send({ amount: 200 }).expect(422)
  expect(await refundsOf(shop, id)).toHaveLength(1)
})

test('a result that is lost is asked for: a reversal again, a payout by its id', async () => {
  const [whole, part] = [await startPaid(shop), await startPaid(shop)]
  shop.safaricom.control.changeSwitches(lose)
  const reversal = (await refund(shop, whole.id).expect(202)).body.refund.id
  const payout = (await refund(shop, part.id, { amount: 700 }).expect(202)).body.refund.id
  await eventually('both moved', async () => movedBack(shop).length === 2)
  expect([(await refundRow(shop, reversal)).status, (await refundRow(shop, payout)).status]).not.toContain('succeeded')
  shop.safaricom.control.changeSwitches(deliverAgain)
  await advance(shop, reversal)
  await advance(shop, payout)
  // "Already reversed" names no receipt of the reversal.
  expect((await untilRefund(shop, reversal, 'succeeded')).transaction_id).toBeNull()
  const receipt = shop.safaricom.control.ledger().entries.find(({ kind }) => kind === 'payout')?.receipt
  expect((await untilRefund(shop, payout, 'succeeded')).transaction_id).toBe(receipt)
  expect(movedBack(shop)).toHaveLength(2)
  expect(await callsOf(reversal)).toEqual([
    { kind: 'reversal', outcome: 'accepted' },
    { kind: 'reversal', outcome: 'accepted' },
  ])
  expect(await callsOf(payout)).toEqual([
    { kind: 'payout', outcome: 'accepted' },
    { kind: 'status', outcome: 'accepted' },
  ])
})

test('a request whose answer is lost is sent again, and its money goes back once', async () => {
  const [whole, part] = [await startPaid(shop), await startPaid(shop)]
  shop.safaricom.control.changeSwitches({ answerLost: { rate: 1 }, ...lose })
  const reversal = (await refund(shop, whole.id).expect(202)).body.refund.id
  const payout = (await refund(shop, part.id, { amount: 700 }).expect(202)).body.refund.id
  await untilTried(shop, reversal)
  await untilTried(shop, payout)
  await eventually('both moved', async () => movedBack(shop).length === 2)
  shop.safaricom.control.changeSwitches({ answerLost: { rate: 0 }, ...deliverAgain })
  await advance(shop, reversal)
  await advance(shop, payout)
  expect(await callsOf(payout)).toEqual([
    { kind: 'payout', outcome: 'later' },
    { kind: 'payout', outcome: 'duplicate' },
  ])
  await advance(shop, payout)
  await untilRefund(shop, reversal, 'succeeded')
  await untilRefund(shop, payout, 'succeeded')
  expect(movedBack(shop)).toHaveLength(2)
})

test('doubled, late and untidy results count once', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({
    doubled: { rate: 1, times: 3, gapMs: 0 },
    textResultCode: { rate: 1 },
    late: { rate: 1, ms: 50 },
  })
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  await shop.safaricom.control.idle()
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '1500.00', refunding_amount: '0.00' })
  await eventually('order told', async () => reportsOf(id).length === 2)
})

test('while Safaricom is busy or away the refund waits, and nothing is lost', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({ quota: { perDay: 1 } })
  const { body } = await refund(shop, id).expect(202)
  await untilTried(shop, body.refund.id)
  shop.safaricom.control.changeSwitches({ quota: { perDay: 0 } })
  shop.useSafaricom('http://127.0.0.1:1')
  expect(await advance(shop, body.refund.id)).toMatchObject({ failure_code: null, settled_at: null })
  shop.useSafaricom(shop.safaricom.url)
  await advance(shop, body.refund.id)
  await untilRefund(shop, body.refund.id, 'succeeded')
  expect(movedBack(shop)).toHaveLength(1)
})

test('a refund that Safaricom ends is failed, its amount is free again, and a person sees why', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches({ float: { amount: 0 } })
  // The money left by another way.
  const other = (await refund(shop, id, { amount: 1400 }).expect(202)).body.refund.id
  await untilRefund(shop, other, 'succeeded')
  await shop.rows(`UPDATE payments SET refunded_amount = 0, status = 'completed' WHERE id = $1`, [id])
  const { body } = await refund(shop, id, { amount: 1000 }).expect(202)
  const row = await untilRefund(shop, body.refund.id, 'failed')
  expect(row).toMatchObject({ failure_code: '1', failure_message: expect.stringContaining('not enough money') })
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '0.00', refunded_amount: '0.00' })
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'refund_failed', detail: expect.stringContaining('1000.00') }])
})

test('a wrong initiator fails at once with a reason', async () => {
  const { id } = await startPaid(shop)
  shop.useSafaricom(shop.safaricom.url, { initiator: { name: 'nobody', credential: 'x', payoutShortcode: '174379' } })
  const { body } = await refund(shop, id).expect(202)
  const row = await untilRefund(shop, body.refund.id, 'failed')
  expect(row.failure_message).toMatch(/SecurityCredential/)
})

test('without the means to give money back nothing is promised', async () => {
  const { id } = await startPaid(shop)
  shop.useSafaricom(shop.safaricom.url, { initiator: null })
  expect((await refund(shop, id).expect(503)).body.code).toBe('provider_unavailable')
  expect(await refundsOf(shop, id)).toEqual([])
})

test('a shop that loses its means while a refund is on its way has not failed it', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches(lose)
  const { body } = await refund(shop, id, { amount: 100 }).expect(202)
  await untilTried(shop, body.refund.id)
  shop.useSafaricom(shop.safaricom.url, { initiator: null })
  expect(await advance(shop, body.refund.id)).toMatchObject({ failure_code: null, settled_at: null })
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '100.00' })
})

test('after two days of silence a person decides, and the amount stays reserved', async () => {
  const { id } = await startPaid(shop)
  shop.safaricom.control.changeSwitches(lose)
  const { body } = await refund(shop, id, { amount: 100 }).expect(202)
  await untilTried(shop, body.refund.id)
  await shop.rows(`UPDATE refunds SET created_at = created_at - interval '49 hours' WHERE id = $1`, [body.refund.id])
  expect(await advance(shop, body.refund.id)).toMatchObject({ status: 'sent', next_check_at: null })
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '100.00' })
  expect(await reviewsOf(shop, id)).toEqual([{ kind: 'refund_silent', detail: expect.any(String) }])
})

test('an order service that is down hears of the refund later', async () => {
  const { id } = await startPaid(shop)
  shop.order.mood = 'down'
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  await eventually('tried to tell', async () => reportsOf(id).length === 2)
  shop.order.mood = 'up'
  await shop.rows(`UPDATE payments SET updated_at = updated_at - interval '1 minute' WHERE id = $1`, [id])
  await reportUnreportedRefunds(shop.deps)
  expect(reportsOf(id)).toHaveLength(3)
  expect(await shop.row('SELECT reported_refund FROM payments WHERE id = $1', [id])).toEqual({
    reported_refund: '1500.00',
  })
})

test('money that the order cannot take goes back by itself, and the review ends with it', async () => {
  const started = await startTry(shop)
  shop.order.refuses = 'The order was cancelled and its stock is gone.'
  try {
    shop.safaricom.control.pay(started.checkoutRequestId)
    const row = await eventually('refund', async () => (await refundsOf(shop, started.id))[0])
    expect(row).toMatchObject({ reason: shop.order.refuses, actor_role: 'system', amount: '1500.00' })
    await untilRefund(shop, row.id, 'succeeded')
  } finally {
    shop.order.refuses = null
  }
  const sql = 'SELECT kind, decision, resolved_at IS NOT NULL AS over FROM payment_reviews WHERE payment_id = $1'
  expect(await shop.rows(sql, [started.id])).toEqual([{ kind: 'refund_due', decision: 'refund', over: true }])
  expect(movedBack(shop)).toEqual([expect.objectContaining({ kind: 'reversal', amount: 1500 })])
})

const refundOrder = (orderId: unknown, authorization = asService('order', 'payment')) =>
  supertest(shop.app)
    .post('/api/internal/payments/refund-order')
    .set({ authorization })
    .send({ orderId, reason: 'Cancelled', actor: { id: null, role: 'order' } })

test('an order that is cancelled gets all of its money back, once', async () => {
  const { id, order } = await startPaid(shop)
  shop.safaricom.control.changeSwitches(lose)
  await refund(shop, id, { amount: 500 }).expect(202)
  const answers = await Promise.all([1, 2, 3].map(() => refundOrder(order.id).expect(202)))
  for (const { body } of answers) expect(body).toEqual({ outcome: 'refunding' })
  await eventually('all moved', async () => movedBack(shop).length === 2)
  shop.safaricom.control.changeSwitches(deliverAgain)
  for (const { id: refundId } of await refundsOf(shop, id)) {
    await advance(shop, refundId)
    await untilRefund(shop, refundId, 'succeeded')
  }
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
  expect((await refundOrder(order.id).expect(202)).body).toEqual({ outcome: 'nothing_to_refund' })
  expect((await refundOrder(randomUUID()).expect(202)).body).toEqual({ outcome: 'nothing_to_refund' })
  await refundOrder(order.id, asService('cart', 'payment')).expect(403)
})

test('only an admin may, for a payment that has money, with a reason', async () => {
  const { id } = await startTry(shop)
  await refund(shop, id, {}, '').expect(401)
  await refund(shop, id, {}, asUser()).expect(403)
  await refund(shop, 'x').expect(404)
  await refund(shop, randomUUID()).expect(404)
  await refund(shop, id, { reason: '' }).expect(400)
  await refund(shop, id, { amount: 0 }).expect(400)
  await refund(shop, id, { amount: -1 }).expect(400)
  await refund(shop, id, { amount: 1.001 }).expect(400)
  expect((await refund(shop, id).expect(409)).body.code).toBe('not_refundable')
})
