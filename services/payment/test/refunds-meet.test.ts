import { asService, eventually } from '@duka/testkit'
import supertest from 'supertest'
import {
  type CardShop,
  deliverEvent,
  eventsOf,
  payCardTry,
  startCardShop,
  startCardTry,
  writeEvent,
} from './fake-stripe'
import { admin, advance, refund, refundRow, refundsOf, untilRefund } from './refund-support'
import { newOrder, paymentRow, untilStatus } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(async () => {
  await shop.rows('UPDATE refunds SET next_check_at = NULL')
  shop.stripe.reset()
  shop.useStripe(shop.stripeUrl)
})

const untold = { lost: { rate: 1 }, retries: { afterMs: [] } }
const cents = (amount: number) => amount * 100
const decide = (id: string, decision: string) =>
  supertest(shop.app)
    .post(`/api/admin/payments/review/${id}`)
    .set({ authorization: admin })
    .send({ decision, note: 'Looked it up' })
const cancel = (orderId: string) =>
  supertest(shop.app)
    .post('/api/internal/payments/refund-order')
    .set({ authorization: asService('order', 'payment') })
    .send({ orderId, reason: 'Not wanted', actor: { id: null, role: 'customer' } })

interface Review {
  id: string
  kind: string
  decision: string | null
  actor_role: string | null
}
const allReviews = (paymentId: string) =>
  shop.rows<Review>('SELECT * FROM payment_reviews WHERE payment_id = $1 ORDER BY created_at, id', [paymentId])
const openReviews = async (paymentId: string) =>
  (await allReviews(paymentId)).filter(({ decision }) => decision === null)

/** Keeps the shop's requests for refunds from Stripe until the test lets them go. */
function holdRefunds(): () => void {
  const { stripe } = shop.deps
  let letGo: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  shop.deps.stripe = { ...stripe!, createRefund: async (request) => gate.then(() => stripe!.createRefund(request)) }
  return letGo
}

/** What Stripe's own books say went back for an intent. */
const wentBack = (intentId: string) =>
  shop.stripe.payment(intentId).refunds.reduce((sum, { amount, status }) => sum + (status === 'failed' ? 0 : amount), 0)

async function expectBooksToAgree(id: string, intentId: string): Promise<void> {
  await eventually('books that agree', async () => {
    const { refunded_amount, refunding_amount } = await paymentRow(shop, id)
    return cents(Number(refunded_amount)) === wentBack(intentId) && Number(refunding_amount) === 0
  })
}

/** The last that the order heard of it, where that is of a refund. */
function toldOrder(id: string) {
  const report = shop.order.reports.filter(({ paymentId }) => paymentId === id).at(-1)
  return report?.status === 'paid' ? undefined : report
}

const pairs = [
  { ours: 600, theirs: 900, back: 1500, failed: 0 },
  { ours: 900, theirs: 900, back: 900, failed: 1 },
  { ours: 1500, theirs: 1500, back: 1500, failed: 1 },
  { ours: 1500, theirs: 600, back: 600, failed: 1 },
  { ours: 600, theirs: 1500, back: 1500, failed: 1 },
]

describe.each([
  ['is told', {}, pairs],
  ['is told late, after ours was refused', { late: { rate: 1, ms: 700 } }, pairs],
  // Beside one of ours that goes through it is found in Stripe's list of missed events.
  ['is never told', untold, pairs.filter(({ failed }) => failed)],
])('what somebody gives back in the dashboard while ours is on its way, which %s', (_how, switches, all) => {
  test.each(all)('ours $ours, theirs $theirs', async ({ ours, theirs, back, failed }) => {
    const { id, intentId } = await payCardTry(shop)
    await eventually('paid told', async () => (await paymentRow(shop, id)).reported_at)
    const letGo = holdRefunds()
    const { body } = await refund(shop, id, { amount: ours }).expect(202)
    shop.stripe.changeSwitches(switches)
    shop.stripe.refund(intentId, cents(theirs))
    if (Object.keys(switches).length === 0) await eventsOf(shop, intentId)
    letGo()
    await untilRefund(shop, body.refund.id, failed ? 'failed' : 'succeeded')
    await expectBooksToAgree(id, intentId)
    expect(wentBack(intentId)).toBe(cents(back))
    const isWhole = back === 1500
    expect(await paymentRow(shop, id)).toMatchObject({ status: isWhole ? 'refunded' : 'partially_refunded' })
    await eventually('order told', async () => toldOrder(id)?.refundedAmount === back)
    expect(toldOrder(id)).toMatchObject({ status: isWhole ? 'refunded' : 'partially_refunded' })
    // Whether the rest is still to go back, a person says.
    expect((await openReviews(id)).map(({ kind }) => kind)).toEqual(isWhole ? [] : ['refund_failed'])
    await shop.stripe.idle()
    await eventsOf(shop, intentId)
    await expectBooksToAgree(id, intentId)
    expect(await refundsOf(shop, id)).toHaveLength(2)
  })
})

test('an order that is cancelled while somebody gives its money back in the dashboard is refunded, once', async () => {
  const { id, intentId, order } = await payCardTry(shop)
  const letGo = holdRefunds()
  expect((await cancel(order.id).expect(202)).body).toEqual({ outcome: 'refunding' })
  shop.stripe.refund(intentId)
  await eventsOf(shop, intentId)
  expect(await openReviews(id)).toMatchObject([{ kind: 'refunded_elsewhere' }])
  letGo()
  await untilStatus(shop, id, 'refunded')
  await expectBooksToAgree(id, intentId)
  expect(await allReviews(id)).toMatchObject([
    { kind: 'refunded_elsewhere', decision: 'accept', actor_role: 'system' },
    { kind: 'refund_failed', decision: 'refund', actor_role: 'system' },
  ])
  await eventually('order told', async () => toldOrder(id)?.status === 'refunded')
  expect((await cancel(order.id).expect(202)).body).toEqual({ outcome: 'nothing_to_refund' })
})

test('a person sends a failed refund again while somebody gives the money back in the dashboard', async () => {
  const { id, intentId } = await payCardTry(shop)
  const first = (await refund(shop, id).expect(202)).body.refund.id
  const { external_reference: reference } = await untilRefund(shop, first, 'succeeded')
  shop.stripe.step(reference!, 'fail')
  await untilRefund(shop, first, 'failed')
  await eventsOf(shop, intentId)
  const [review] = await openReviews(id)
  const letGo = holdRefunds()
  await decide(review!.id, 'refund').expect(200)
  shop.stripe.refund(intentId)
  await eventsOf(shop, intentId)
  letGo()
  await untilStatus(shop, id, 'refunded')
  await expectBooksToAgree(id, intentId)
  expect(await openReviews(id)).toEqual([])
})

test('two of theirs find the room of ours, the oldest first, and what came back of them counts no more', async () => {
  const { id, intentId } = await payCardTry(shop)
  const letGo = holdRefunds()
  const { body } = await refund(shop, id).expect(202)
  for (const amount of [700, 500]) shop.stripe.refund(intentId, cents(amount))
  const [first] = shop.stripe.payment(intentId).refunds
  shop.stripe.step(first!.id, 'fail')
  await eventsOf(shop, intentId)
  letGo()
  await untilRefund(shop, body.refund.id, 'failed')
  await expectBooksToAgree(id, intentId)
  const rows = await refundsOf(shop, id)
  expect(rows.filter(({ actor_role }) => actor_role === 'stripe')).toHaveLength(2)
  expect(rows.filter(({ status }) => status === 'succeeded')).toMatchObject([{ amount: '500.00' }])
  // The same told again, and what was told of the other before it came back.
  await deliverEvent(shop, writeEvent('refund.created', { ...first, status: 'succeeded' }))
  await expectBooksToAgree(id, intentId)
})

test('one of theirs that was called off before it moved money leaves nothing behind', async () => {
  const { id, intentId } = await payCardTry(shop)
  const letGo = holdRefunds()
  const { body } = await refund(shop, id).expect(202)
  const theirs = { id: 're_theirs', object: 'refund', amount: 150_000, currency: 'kes', payment_intent: intentId }
  await deliverEvent(shop, writeEvent('refund.created', { ...theirs, status: 'requires_action' }))
  await deliverEvent(shop, writeEvent('refund.updated', { ...theirs, status: 'canceled' }))
  letGo()
  await untilRefund(shop, body.refund.id, 'succeeded')
  await expectBooksToAgree(id, intentId)
  expect(await openReviews(id)).toEqual([])
})

test('while Stripe does not say what took the room of ours, ours is not given up', async () => {
  const { id, intentId } = await payCardTry(shop)
  shop.stripe.changeSwitches(untold)
  shop.stripe.refund(intentId)
  const { stripe } = shop.deps
  shop.deps.stripe = { ...stripe!, listRefunds: async () => Promise.reject(new Error('No answer')) }
  const { body } = await refund(shop, id).expect(202)
  await eventually('tried', async () =>
    shop.lines.some((line) => line.includes(body.refund.id) && line.includes('No answer')),
  )
  expect(await refundRow(shop, body.refund.id)).toMatchObject({ status: 'requested' })
  shop.deps.stripe = stripe
  expect(await advance(shop, body.refund.id)).toMatchObject({ failure_code: 'charge_already_refunded' })
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded', refunded_amount: '1500.00' })
})

test('money that was given back in the dashboard before a person took its payment is in the books with it', async () => {
  const { id, intentId } = await startCardTry(shop)
  await shop.rows('UPDATE payments SET amount = 1400 WHERE id = $1', [id])
  shop.stripe.pay(intentId)
  const [wrong] = await eventually('review', async () => {
    const open = await openReviews(id)
    return open.length > 0 && open
  })
  shop.stripe.refund(intentId, cents(500))
  await eventsOf(shop, intentId)
  expect((await openReviews(id)).map(({ kind }) => kind)).toEqual(['wrong_amount', 'refunded_elsewhere'])
  await shop.rows(`UPDATE payment_reviews SET kind = 'unknown_to_provider' WHERE id = $1`, [wrong!.id])
  await decide(wrong!.id, 'accept').expect(200)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'partially_refunded', refunded_amount: '500.00' })
  expect(await openReviews(id)).toEqual([])
})

describe('a person decides', () => {
  /** As an older version left it: theirs has no room, and then ours failed. */
  async function leaveWaiting() {
    const { id, intentId } = await payCardTry(shop)
    await shop.rows('UPDATE payments SET refunding_amount = amount WHERE id = $1', [id])
    shop.stripe.refund(intentId)
    await eventsOf(shop, intentId)
    const [review] = await openReviews(id)
    return { id, intentId, reviewId: review!.id }
  }
  const free = (id: string) => shop.rows('UPDATE payments SET refunding_amount = 0 WHERE id = $1', [id])

  test('to take what went back into the books, once there is room for it', async () => {
    const { id, intentId, reviewId } = await leaveWaiting()
    const { body } = await decide(reviewId, 'accept').expect(409)
    expect(body).toMatchObject({ code: 'decision_not_possible', detail: expect.stringContaining('on their way') })
    await free(id)
    expect((await decide(reviewId, 'accept').expect(200)).body.review).toMatchObject({
      kind: 'refunded_elsewhere',
      decision: 'accept',
      decidedBy: { role: 'admin' },
      payment: { status: 'refunded', refundedAmount: 1500 },
    })
    await expectBooksToAgree(id, intentId)
    await eventually('order told', async () => toldOrder(id)?.status === 'refunded')
    await decide(reviewId, 'accept').expect(200)
    expect(await refundsOf(shop, id)).toHaveLength(1)
  })

  test('to put it aside, and it is booked all the same once there is room', async () => {
    const { id, intentId, reviewId } = await leaveWaiting()
    await decide(reviewId, 'write_off').expect(200)
    await free(id)
    const { body } = await refund(shop, id).expect(202)
    await untilRefund(shop, body.refund.id, 'failed')
    await expectBooksToAgree(id, intentId)
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'refunded' })
  })

  test('that what the bank sent back reached the customer in another way, whatever Stripe repeats', async () => {
    const { id, intentId } = await payCardTry(shop)
    const first = (await refund(shop, id, { amount: 600 }).expect(202)).body.refund.id
    const { external_reference: reference } = await untilRefund(shop, first, 'succeeded')
    shop.stripe.step(reference!, 'fail')
    await untilRefund(shop, first, 'failed')
    await eventsOf(shop, intentId)
    const [review] = await openReviews(id)
    await decide(review!.id, 'accept').expect(200)
    const booked = async () => {
      const { refunded_amount, refunding_amount } = await paymentRow(shop, id)
      return [refunded_amount, refunding_amount]
    }
    expect(await booked()).toEqual(['600.00', '0.00'])
    const [failed] = shop.stripe.payment(intentId).refunds
    await deliverEvent(shop, writeEvent('refund.failed', { ...failed }))
    await deliverEvent(shop, writeEvent('refund.updated', { ...failed, status: 'succeeded' }))
    expect(await booked()).toEqual(['600.00', '0.00'])
    expect(await openReviews(id)).toEqual([])
    await eventually('order told', async () => toldOrder(id)?.refundedAmount === 600)
  })

  test.each(['charge_already_refunded', 'charge_partly_refunded', 'charge_disputed'])(
    'nothing by hand about a refusal as %s, which Stripe tells of by itself',
    async (code) => {
      const { id } = await payCardTry(shop, newOrder(shop))
      const first = (await refund(shop, id, { amount: 600 }).expect(202)).body.refund.id
      const { external_reference: reference } = await untilRefund(shop, first, 'succeeded')
      shop.stripe.step(reference!, 'fail')
      await untilRefund(shop, first, 'failed')
      await shop.rows('UPDATE refunds SET failure_code = $2 WHERE id = $1', [first, code])
      const [review] = await openReviews(id)
      const { body } = await decide(review!.id, 'accept').expect(409)
      expect(body.detail).toContain('Possible: refund, write_off')
    },
  )
})
