import { eventually } from '@duka/testkit'
import { readOrderTimeline } from '../src/read-timeline'
import { reportUnreportedRefunds } from '../src/report-refund'
import {
  type CardShop,
  deliverEvent,
  eventsOf,
  payCardTry,
  startCardShop,
  startCardTry,
  writeEvent,
} from './fake-stripe'
import { advance, refund, refundRow, refundsOf, untilRefund } from './refund-support'
import { newOrder, paymentRow, reviewsOf, startTry, untilStatus } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.stripe.reset()
  shop.order.refuses = null
  shop.order.mood = 'up'
})

const reportsOf = (id: string) => shop.order.reports.filter(({ paymentId }) => paymentId === id)
/** What Stripe's own books say went back, in cents. */
const wentBack = () => {
  const moved = shop.stripe.ledger().entries.filter(({ kind }) => kind === 'refund' || kind === 'refund_failed')
  return moved.reduce((sum, { kind, amount }) => sum + (kind === 'refund' ? Math.abs(amount) : -Math.abs(amount)), 0)
}
const returned = (intentId: string) => shop.stripe.payment(intentId).refunds

/** A payment whose card sends refunds on in its own way. */
async function payWith(card: string) {
  const started = await startCardTry(shop)
  shop.stripe.step(started.intentId, card)
  await untilStatus(shop, started.id, 'completed')
  return started
}

test('a whole payment goes back to the card, and the order hears of it', async () => {
  const { id, intentId } = await payCardTry(shop)
  const { body } = await refund(shop, id).expect(202)
  const row = await untilRefund(shop, body.refund.id, 'succeeded')
  expect(returned(intentId)).toMatchObject([
    { id: row.external_reference, amount: 150_000, metadata: { refundId: row.id } },
  ])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
  await eventually('order told', async () => reportsOf(id).at(-1)?.status === 'refunded')
  expect(wentBack()).toBe(150_000)
})

test('parts go back until nothing is left', async () => {
  const { id, intentId } = await payCardTry(shop)
  const { body } = await refund(shop, id, { amount: 400.5 }).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'partially_refunded', refunded_amount: '400.50' })
  await refund(shop, id, { amount: 1100 }).expect(422)
  const rest = await refund(shop, id).expect(202)
  await untilRefund(shop, rest.body.refund.id, 'succeeded')
  expect(
    returned(intentId)
      .map(({ amount }) => amount)
      .sort(),
  ).toEqual([109_950, 40_050])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded' })
})

test('of what is on its way or went back, nothing more is refundable, as with M-Pesa', async () => {
  const { id } = await payWith('pm_card_pendingRefund')
  const first = (await refund(shop, id).expect(202)).body.refund.id
  const expectTooLarge = async (body: object, refundable: number) =>
    expect((await refund(shop, id, body).expect(422)).body).toMatchObject({ code: 'refund_too_large', refundable })
  await expectTooLarge({}, 0)
  await expectTooLarge({ amount: 100 }, 0)
  const { external_reference: reference } = await untilRefund(shop, first, 'sent')
  await expectTooLarge({}, 0)
  shop.stripe.step(reference!, 'succeed')
  await untilRefund(shop, first, 'succeeded')
  await expectTooLarge({}, 0)
  await expectTooLarge({ amount: 0.5 }, 0)
  expect((await refund(shop, id, { alreadyGivenBack: true }).expect(422)).body.code).toBe('told_by_provider')
})

test.each([
  ['doubled', { doubled: { rate: 1, times: 3 } }],
  ['told by two events', { twin: { rate: 1 } }],
  ['reordered', { reordered: { rate: 1, maxMs: 300 } }],
  ['told before the answer', { beforeAnswer: { rate: 1 } }],
  ['lost', { lost: { rate: 1 }, retries: { afterMs: [] } }],
  ['beside an answer that is lost', { answerLost: { rate: 1 } }],
])('money goes back once when events are %s', async (_how, switches) => {
  const { id, intentId } = await payCardTry(shop)
  shop.stripe.changeSwitches(switches)
  const { body } = await refund(shop, id, { amount: 500 }).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  await eventsOf(shop, intentId)
  expect(await refundsOf(shop, id)).toHaveLength(1)
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '500.00', refunding_amount: '0.00' })
  expect(wentBack()).toBe(50_000)
})

test.each([
  ['does not answer', { latency: { rate: 1, ms: 2500 } }],
  ['fails', { serverError: { rate: 1 } }],
  ['fails, has done it, and says so for ever', { savedError: { rate: 1, applied: true } }],
])('while Stripe %s the refund waits, and then goes out once', async (_what, switches) => {
  const { id } = await payCardTry(shop)
  shop.stripe.changeSwitches({ ...switches, lost: { rate: 1 } })
  const { body } = await refund(shop, id).expect(202)
  await eventually('tried', async () =>
    shop.lines.some((line) => line.includes(body.refund.id) && line.includes('waiting')),
  )
  expect(await refundRow(shop, body.refund.id)).toMatchObject({ status: 'requested', external_reference: null })
  shop.stripe.changeSwitches(Object.fromEntries(Object.keys(switches).map((name) => [name, { rate: 0 }])))
  await eventually('refunded', async () => (await advance(shop, body.refund.id)).status === 'succeeded')
  expect(wentBack()).toBe(150_000)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded' })
})

test('while Stripe repeats a failure that it saved, the refund goes out once under another key, and not before it is looked for', async () => {
  const { id, intentId } = await payCardTry(shop)
  shop.stripe.changeSwitches({ savedError: { rate: 1, applied: false } })
  const { body } = await refund(shop, id).expect(202)
  await eventually('tried', async () =>
    shop.lines.some((line) => line.includes(body.refund.id) && line.includes('waiting')),
  )
  shop.stripe.changeSwitches({ savedError: { rate: 0 } })
  expect(await advance(shop, body.refund.id)).toMatchObject({ status: 'requested', spent_keys: 1 })
  expect(returned(intentId)).toEqual([])
  expect(await advance(shop, body.refund.id)).toMatchObject({ status: 'succeeded', spent_keys: 1 })
  expect(returned(intentId)).toHaveLength(1)
  expect(wentBack()).toBe(150_000)
})

test('a refund that takes its time is asked about, and arrives', async () => {
  const { id } = await payWith('pm_card_pendingRefund')
  shop.stripe.changeSwitches({ lost: { rate: 1 }, refunds: { settleMs: 3_600_000 } })
  const { body } = await refund(shop, id).expect(202)
  const { external_reference: reference } = await untilRefund(shop, body.refund.id, 'sent')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', refunding_amount: '1500.00' })
  shop.stripe.step(reference!, 'succeed')
  expect(await advance(shop, body.refund.id)).toMatchObject({ status: 'succeeded' })
})

test('a refund that comes back after it had arrived counts no more, whatever is told late', async () => {
  const { id, order } = await payCardTry(shop)
  const { body } = await refund(shop, id).expect(202)
  const { external_reference: reference } = await untilRefund(shop, body.refund.id, 'succeeded')
  shop.stripe.step(reference!, 'fail')
  const row = await untilRefund(shop, body.refund.id, 'failed')
  expect(row).toMatchObject({
    failure_code: 'returned',
    failure_message: expect.stringContaining('sent the money back'),
  })
  const [stale] = shop.stripe.payment((await paymentRow(shop, id)).external_reference!).refunds
  await deliverEvent(shop, writeEvent('refund.updated', { ...stale, status: 'succeeded' }))
  expect(await refundRow(shop, row.id)).toMatchObject({ status: 'failed' })
  expect(await paymentRow(shop, id)).toMatchObject({
    status: 'completed',
    refunded_amount: '0.00',
    refunding_amount: '0.00',
  })
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'refund_failed' }])
  expect(wentBack()).toBe(0)
  await eventually('order told', async () => reportsOf(id).at(-1)?.status === 'not_refunded')
  const told = reportsOf(id).flatMap((each) =>
    each.status === 'paid' ? [] : `${each.refundRevision}: ${each.refundedAmount}`,
  )
  expect([...new Set(told)]).toEqual(['1: 1500', '2: 0'])
  const kinds = (await readOrderTimeline(shop.deps, order.id)).events.map(({ kind }) => kind)
  expect(kinds).toEqual(expect.arrayContaining(['refund_succeeded', 'refund_returned']))
  expect(kinds).not.toContain('refund_failed')
})

test('an order that was not reached hears by the sweep that a refund came back, also where it heard nothing before', async () => {
  const { id } = await payCardTry(shop)
  await eventually('paid told', async () => (await paymentRow(shop, id)).reported_at)
  shop.order.mood = 'down'
  const { body } = await refund(shop, id).expect(202)
  const { external_reference: reference } = await untilRefund(shop, body.refund.id, 'succeeded')
  shop.stripe.step(reference!, 'fail')
  await untilRefund(shop, body.refund.id, 'failed')
  await shop.stripe.idle()
  shop.order.mood = 'up'
  await shop.rows(`UPDATE payments SET updated_at = now() - interval '1 minute' WHERE id = $1`, [id])
  await reportUnreportedRefunds(shop.deps)
  expect(reportsOf(id).at(-1)).toMatchObject({ status: 'not_refunded', refundedAmount: 0, refundRevision: 2 })
  const count = reportsOf(id).length
  await reportUnreportedRefunds(shop.deps)
  expect(reportsOf(id)).toHaveLength(count)
})

test('what Stripe refuses fails, and its amount is free again', async () => {
  const { id, intentId } = await payWith('pm_card_createDispute')
  const { body } = await refund(shop, id).expect(202)
  expect(await untilRefund(shop, body.refund.id, 'failed')).toMatchObject({ failure_code: 'charge_disputed' })
  expect(await paymentRow(shop, id)).toMatchObject({ refunding_amount: '0.00', refunded_amount: '0.00' })
  expect(returned(intentId)).toEqual([])
})

test("money that is given back in Stripe's dashboard counts in our books too, once", async () => {
  const { id, intentId } = await payCardTry(shop)
  shop.stripe.changeSwitches({ twin: { rate: 1 } })
  shop.stripe.step(intentId, 'refund')
  await eventually('refunded', async () => (await paymentRow(shop, id)).status === 'refunded')
  await eventsOf(shop, intentId)
  expect(await refundsOf(shop, id)).toMatchObject([{ actor_role: 'stripe', amount: '1500.00', status: 'succeeded' }])
  expect(await reviewsOf(shop, id)).toEqual([])
})

test("of a refund in Stripe's dashboard that came back, the failure may be told before the success", async () => {
  const { id, intentId } = await payCardTry(shop)
  await eventually('paid told', async () => (await paymentRow(shop, id)).reported_at)
  const refunded = { object: 'refund', id: 're_back', amount: 150_000, currency: 'kes', payment_intent: intentId }
  await deliverEvent(shop, writeEvent('refund.failed', { ...refunded, status: 'failed', metadata: {} }))
  await deliverEvent(shop, writeEvent('refund.created', { ...refunded, status: 'succeeded', metadata: {} }))
  await eventsOf(shop, intentId)
  expect(await refundsOf(shop, id)).toMatchObject([
    { actor_role: 'stripe', status: 'failed', failure_code: 'returned' },
  ])
  expect(await paymentRow(shop, id)).toMatchObject({
    status: 'completed',
    refunded_amount: '0.00',
    refunding_amount: '0.00',
  })
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'refund_failed' }])
})

test('a refund that our books have no room for is put before a person', async () => {
  const { id, intentId } = await payCardTry(shop)
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  const [known] = returned(intentId)
  await deliverEvent(shop, writeEvent('refund.created', { ...known, id: 're_other', metadata: {} }))
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'refunded_elsewhere' }])
  expect(await paymentRow(shop, id)).toMatchObject({ refunded_amount: '1500.00' })
})

test('money that the order cannot take goes back to the card by itself', async () => {
  const order = newOrder(shop)
  const prompt = await startTry(shop, order)
  const { id, intentId } = await startCardTry(shop, order)
  shop.safaricom.control.pay(prompt.checkoutRequestId)
  await eventually('order told', async () => (await paymentRow(shop, prompt.id)).reported_at)
  shop.order.refuses = 'It is paid by another payment.'
  shop.stripe.pay(intentId)
  await eventually('back', async () => (await paymentRow(shop, id)).status === 'refunded')
  expect(wentBack()).toBe(150_000)
  expect(await paymentRow(shop, prompt.id)).toMatchObject({ status: 'completed' })
})

const disputesOf = (id: string) =>
  shop.rows<{ id: string; status: string; closed_at: Date | null }>('SELECT * FROM disputes WHERE payment_id = $1', [
    id,
  ])
const openReviewsOf = (id: string) =>
  shop.rows('SELECT kind, detail FROM payment_reviews WHERE payment_id = $1 AND resolved_at IS NULL', [id])

test('a dispute is recorded and put before a person, until the bank decides for the shop', async () => {
  const { id, intentId } = await payWith('pm_card_createDispute')
  const [dispute] = await eventually('recorded', async () => {
    const rows = await disputesOf(id)
    return rows.length > 0 && rows
  })
  expect(await openReviewsOf(id)).toMatchObject([{ kind: 'disputed', detail: expect.stringContaining(dispute!.id) }])
  shop.stripe.step(dispute!.id, 'submit')
  shop.stripe.step(dispute!.id, 'win')
  await eventually('closed', async () => (await disputesOf(id))[0]!.closed_at)
  await eventsOf(shop, intentId)
  expect(await disputesOf(id)).toMatchObject([{ status: 'won' }])
  expect(await openReviewsOf(id)).toEqual([])
})

test('a dispute that is lost stays before a person, and what is told late undoes nothing', async () => {
  const { id, intentId } = await payWith('pm_card_createDispute')
  await eventually('recorded', async () => (await disputesOf(id)).length > 0)
  const [before] = shop.stripe.payment(intentId).disputes
  shop.stripe.step(before!.id, 'lose')
  await eventually('closed', async () => (await disputesOf(id))[0]!.closed_at)
  await deliverEvent(shop, writeEvent('charge.dispute.updated', { ...before, status: 'under_review' }))
  expect(await disputesOf(id)).toMatchObject([{ status: 'lost' }])
  expect(await openReviewsOf(id)).toMatchObject([
    { kind: 'disputed', detail: expect.stringContaining('money is gone') },
  ])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
})

test('a dispute that a person had put aside is before a person again once it is lost', async () => {
  const { id, intentId } = await payWith('pm_card_createDispute')
  await eventually('recorded', async () => (await disputesOf(id)).length > 0)
  await shop.rows(`UPDATE payment_reviews SET resolved_at = now(), decision = 'write_off' WHERE payment_id = $1`, [id])
  shop.stripe.step(shop.stripe.payment(intentId).disputes[0]!.id, 'lose')
  await eventually('closed', async () => (await disputesOf(id))[0]!.closed_at)
  expect(await openReviewsOf(id)).toMatchObject([
    { kind: 'disputed', detail: expect.stringContaining('money is gone') },
  ])
})

test('a dispute whose end is told first is recorded as ended', async () => {
  const { id, intentId } = await payCardTry(shop)
  shop.stripe.changeSwitches({ lost: { rate: 1 } })
  shop.stripe.step(intentId, 'dispute')
  const [dispute] = shop.stripe.payment(intentId).disputes
  await deliverEvent(shop, writeEvent('charge.dispute.closed', { ...dispute, status: 'won' }))
  await deliverEvent(shop, writeEvent('charge.dispute.created', dispute!))
  expect(await disputesOf(id)).toMatchObject([{ status: 'won' }])
  expect(await openReviewsOf(id)).toEqual([])
})
