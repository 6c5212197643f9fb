import { randomUUID } from 'node:crypto'
import { asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import {
  type CardShop,
  deliverEvent,
  eventsOf,
  paidIntent,
  payByCard,
  payCardTry,
  postEvent,
  signEvent,
  startCardShop,
  startCardTry,
  writeEvent,
} from './fake-stripe'
import { newOrder, paymentRow, reviewsOf, startTry, untilStatus } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(() => shop.stripe.reset())

const succeeded = 'payment_intent.succeeded'
const countEvents = async () => (await shop.rows(`SELECT 1 FROM webhook_events WHERE provider = 'stripe'`)).length

test('a paid intent completes the payment, and the order hears of it once', async () => {
  const { id, intentId, order } = await payCardTry(shop)
  const { latest_charge } = shop.stripe.payment(intentId)
  expect(await paymentRow(shop, id)).toMatchObject({ transaction_id: latest_charge, next_check_at: null })
  await eventually('order paid', async () => shop.orders.get(order.id)?.status === 'paid')
  const reports = shop.order.reports.filter(({ paymentId }) => paymentId === id)
  expect(reports).toMatchObject([{ orderId: order.id, provider: 'stripe', amount: 1500, currency: 'KES' }])
  const events = await eventsOf(shop, intentId)
  expect(events.filter(({ outcome }) => outcome === 'applied')).toHaveLength(1)
  expect(events.every(({ payment_id }) => payment_id === id)).toBe(true)
})

test.each([
  ['doubled', { doubled: { rate: 1, times: 3 } }],
  ['told by two events', { twin: { rate: 1 } }],
  ['reordered', { reordered: { rate: 1, maxMs: 300 } }],
  ['told before the answer', { beforeAnswer: { rate: 1 } }],
  ['in a trickle', { slowBody: { rate: 1, ms: 300 } }],
  [
    'beside forged ones',
    { wrongSecret: { rate: 1 }, staleTime: { rate: 1 }, futureTime: { rate: 1 }, alteredByte: { rate: 1 } },
  ],
])('a card that is declined first and then pays counts once when events come %s', async (_how, switches) => {
  shop.stripe.changeSwitches(switches)
  const { id, intentId, order } = await startCardTry(shop)
  shop.stripe.decline(intentId)
  shop.stripe.pay(intentId)
  await untilStatus(shop, id, 'completed')
  await eventsOf(shop, intentId)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', failure_code: null, failure_message: null })
  const reports = () => shop.order.reports.filter(({ orderId }) => orderId === order.id)
  await eventually('told', async () => reports().length > 0)
  expect(reports()).toHaveLength(1)
  expect(await reviewsOf(shop, id)).toEqual([])
  const evil = Object.entries(shop.stripe.counters()).filter(([name]) => name.startsWith('evil.'))
  expect(evil.filter(([name]) => name.endsWith('.taken'))).toEqual([])
  if ('wrongSecret' in switches) expect(evil.length).toBeGreaterThanOrEqual(4)
})

test('a decline leaves payment and intent alive, and says why', async () => {
  const { id, intentId, order, clientSecret } = await startCardTry(shop)
  shop.stripe.decline(intentId)
  await eventually('decline noted', async () => (await paymentRow(shop, id)).failure_message)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', failure_code: null })
  const { body } = await payByCard(shop, order).expect(201)
  expect(body).toMatchObject({ clientSecret, payment: { id, failureMessage: expect.stringMatching(/declined/) } })
})

test('an intent that is cancelled fails the payment, and a success that comes late still counts', async () => {
  const { id, intentId } = await startCardTry(shop)
  shop.stripe.step(intentId, 'cancel')
  const row = await untilStatus(shop, id, 'failed')
  expect(row).toMatchObject({ failure_code: 'canceled' })
  await deliverEvent(shop, writeEvent(succeeded, paidIntent(row)))
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
})

test('a success is not undone by what comes after it', async () => {
  const { id, intentId } = await payCardTry(shop)
  const row = await paymentRow(shop, id)
  const late = { latest_charge: null, amount_received: 0 }
  for (const status of ['canceled', 'requires_payment_method', 'processing', 'requires_action']) {
    const event = await deliverEvent(shop, writeEvent(`payment_intent.${status}`, paidIntent(row, { ...late, status })))
    expect(event.outcome).toBe('ignored')
  }
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', transaction_id: row.transaction_id })
  expect(shop.stripe.payment(intentId).status).toBe('succeeded')
})

test.each([
  ['less', { amount_received: 100 }, 'wrong_amount'],
  ['more', { amount_received: 150_001 }, 'wrong_amount'],
  ['another currency', { currency: 'usd' }, 'wrong_amount'],
  ['real money in test mode', { livemode: true }, 'wrong_mode'],
  ["another intent under this payment's name", { id: `pi_${randomUUID()}` }, 'wrong_ids'],
])('%s is put before a person, and pays nothing', async (_what, change, kind) => {
  const { id } = await startCardTry(shop)
  const event = await deliverEvent(shop, writeEvent(succeeded, paidIntent(await paymentRow(shop, id), change)))
  expect(event.outcome).toBe('review')
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind }])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', completed_at: null })
})

test('money for a payment that is not here is put before a person, with our mark or without, once', async () => {
  const lost = paidIntent(await paymentRow(shop, (await startCardTry(shop)).id), { id: 'pi_lost' })
  const ours = await deliverEvent(shop, writeEvent(succeeded, { ...lost, metadata: { paymentId: randomUUID() } }))
  expect(ours.outcome).toBe('review')
  expect(await shop.rows('SELECT kind FROM payment_reviews WHERE event_id = $1', [ours.id])).toEqual([
    { kind: 'unmatched' },
  ])
  const unmarked = { ...lost, id: 'pi_theirs', metadata: {} }
  const theirs = await deliverEvent(shop, writeEvent(succeeded, unmarked))
  expect(theirs.outcome).toBe('review')
  expect(await shop.rows('SELECT kind, detail FROM payment_reviews WHERE event_id = $1', [theirs.id])).toEqual([
    { kind: 'unmatched', detail: expect.stringContaining('pi_theirs is paid, which this shop did not ask for') },
  ])
  expect((await deliverEvent(shop, writeEvent(succeeded, unmarked))).outcome).toBe('unmatched')
  const otherMode = await deliverEvent(shop, writeEvent(succeeded, { ...unmarked, id: 'pi_live', livemode: true }))
  expect(otherMode.outcome).toBe('unmatched')
})

test('an event of an unknown type or shape is kept, and changes nothing', async () => {
  const { id, intentId } = await startCardTry(shop)
  const known = await deliverEvent(
    shop,
    writeEvent('charge.something_new', { id: 'ch_1', object: 'charge', payment_intent: intentId }),
  )
  expect(known).toMatchObject({ outcome: 'ignored', payment_id: id })
  const other = await deliverEvent(shop, writeEvent('customer.created', { id: 'cus_1', object: 'customer' }))
  expect(other).toMatchObject({ outcome: 'unmatched', payment_id: null })
  const odd = await deliverEvent(
    shop,
    JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type: 'x', data: 1 }),
  )
  expect(odd.outcome).toBe('unreadable')
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
})

test('the same event again is answered the same and kept once, also from two deliveries at once', async () => {
  const { id } = await startCardTry(shop)
  const body = writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))
  await shop.stripe.idle()
  const before = await countEvents()
  const answers = await Promise.all(Array.from({ length: 5 }, () => postEvent(shop, body)))
  for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, { received: true }])
  expect(await countEvents()).toBe(before + 1)
  await untilStatus(shop, id, 'completed')
})

test('an event is kept before it is answered, without the secret that pays', async () => {
  const { id } = await startCardTry(shop)
  const body = writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))
  const event = await deliverEvent(shop, body)
  expect(JSON.parse(event.body)).toMatchObject({ type: succeeded, data: { object: { status: 'succeeded' } } })
  expect(event.body).not.toContain('client_secret')
})

const hour = 3600
const now = () => Date.now() / 1000

test.each([
  ['none', null],
  ['an empty one', () => ''],
  ['nonsense', () => 't=1,v1=zz'],
  ["a stranger's", (body: string) => signEvent(body, { secret: 'whsec_stranger' })],
  ['one over other bytes', (body: string) => signEvent(`${body} `)],
  ['one of an hour ago', (body: string) => signEvent(body, { at: now() - hour })],
  ['one of an hour from now', (body: string) => signEvent(body, { at: now() + hour })],
  ['one without a time', (body: string) => signEvent(body).replace(/^t=\d+,/, '')],
  ['one of an old scheme only', (body: string) => signEvent(body).replace('v1=', 'v0=')],
  ['one with a second time in it', (body: string) => `${signEvent(body, { at: now() + hour })},t=${Math.floor(now())}`],
])('a signature that is %s is refused, and nothing is kept', async (_what, sign) => {
  const { id } = await startCardTry(shop)
  const body = writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))
  await shop.stripe.idle()
  const before = await countEvents()
  const answer = await postEvent(shop, body, sign ? sign(body) : null).expect(400)
  expect(answer.body.code).toBe('bad_signature')
  expect(await countEvents()).toBe(before)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
})

test('of several signatures one that fits is enough, as while a secret is changed', async () => {
  const { id } = await startCardTry(shop)
  const body = writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))
  await postEvent(shop, body, signEvent(body).replace(',v1=', `,v1=${'0'.repeat(64)},v1=`)).expect(200)
  await untilStatus(shop, id, 'completed')
})

test('a signed body that is no JSON is refused', async () => {
  await postEvent(shop, '{"id":').expect(400)
})

test("Stripe's own library takes its bytes as they are, whatever the type says", async () => {
  const { id } = await startCardTry(shop)
  const body = ` ${writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))}\n`
  await postEvent(shop, body).set('content-type', 'text/plain').expect(200)
  await untilStatus(shop, id, 'completed')
})

test('without an account events are not taken, so that Stripe sends them again', async () => {
  const { stripe } = shop.deps
  shop.deps.stripe = null
  const answer = await postEvent(shop, '{}')
  shop.deps.stripe = stripe
  expect([answer.status, answer.body.code]).toEqual([503, 'provider_unavailable'])
})

test('when a phone has paid, the card is ended; when a card has paid, the order hears of it first', async () => {
  const order = newOrder(shop)
  const prompt = await startTry(shop, order)
  const card = await startCardTry(shop, order)
  shop.safaricom.control.pay(prompt.checkoutRequestId)
  await untilStatus(shop, prompt.id, 'completed')
  const due = await paymentRow(shop, card.id)
  expect(due.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now() + 1000)
})

test('other methods are refused by name', async () => {
  await supertest(shop.app).get('/api/webhook/stripe').expect(405)
})

test('an event that an admin replays is applied as if it had just come, and once', async () => {
  const { id } = await startCardTry(shop)
  const body = writeEvent(succeeded, paidIntent(await paymentRow(shop, id)))
  // A version that did not know this type of event kept it, and did nothing.
  await shop.rows(
    `INSERT INTO webhook_events (id, provider, digest, body, outcome) VALUES ($1, 'stripe', $2, $3, 'ignored')`,
    [randomUUID(), `stripe:${JSON.parse(body).id}`, body],
  )
  const event = await shop.row<{ id: string }>('SELECT id FROM webhook_events WHERE body = $1', [body])
  const replay = () =>
    supertest(shop.app)
      .post(`/api/admin/payments/events/${event!.id}/replay`)
      .set('authorization', asUser(undefined, 'admin'))
      .expect(200)
  expect((await replay()).body.event).toMatchObject({ outcome: 'applied', paymentId: id })
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
  expect((await replay()).body.event).toMatchObject({ outcome: 'ignored', paymentId: id })
  expect(shop.order.reports.filter(({ paymentId }) => paymentId === id)).toHaveLength(1)
})

test.each([
  ['has NUL in it', 'evt_\u0000'],
  ['has half of a surrogate pair', 'evt_\ud800'],
  ['is of 300 characters', `evt_${'x'.repeat(296)}`],
  ['is empty', ''],
  ['is a number', 7],
  ['is not there', undefined],
])('a signed event whose id %s is refused with a problem, and not kept', async (_what, id) => {
  const before = await countEvents()
  const event = JSON.parse(writeEvent('customer.created', { id: 'cus_1', object: 'customer' }))
  const answer = await postEvent(shop, JSON.stringify({ ...event, id })).expect(400)
  expect(answer.body).toMatchObject({ code: 'bad_event' })
  expect(answer.get('content-type')).toContain('application/problem+json')
  expect(await countEvents()).toBe(before)
})

const oddTexts = ['\u0000', 'a\u0000b', '\ud800', 'x'.repeat(300), 'x'.repeat(5000), '\u202e']

test.each(oddTexts)(
  'whatever else is text in a signed event may be odd, and is answered and applied: %j',
  async (odd) => {
    const { id } = await startCardTry(shop)
    const row = await paymentRow(shop, id)
    const intent = paidIntent(row, { metadata: { paymentId: row.id, more: odd }, last_payment_error: { message: odd } })
    const objects: [string, object][] = [
      [odd, { id: odd, object: odd, payment_intent: row.external_reference }],
      ['payment_intent.payment_failed', { ...intent, status: 'requires_payment_method', amount_received: 0 }],
      ['payment_intent.succeeded', { ...intent, latest_charge: `ch_${odd}_${id}` }],
      ['payment_intent.succeeded', { ...intent, id: odd }],
      [
        'refund.created',
        {
          id: `${odd}${id}`,
          object: 'refund',
          amount: 100,
          currency: 'kes',
          status: 'pending',
          payment_intent: intent.id,
        },
      ],
      [
        'refund.failed',
        {
          id: `re_${odd}${id}`,
          object: 'refund',
          amount: 100,
          currency: 'kes',
          status: 'failed',
          failure_reason: odd,
          payment_intent: intent.id,
        },
      ],
      ['refund.created', { id: 're_1', object: 'refund', amount: 1e300, currency: odd, payment_intent: intent.id }],
      [
        'charge.dispute.created',
        {
          id: odd,
          object: 'dispute',
          amount: 1e300,
          currency: odd,
          reason: odd,
          status: odd,
          payment_intent: intent.id,
          evidence_details: { due_by: 1e300 },
        },
      ],
      [
        'charge.dispute.created',
        {
          id: `dp_${id}`,
          object: 'dispute',
          amount: 100,
          currency: 'kes',
          reason: 'fraudulent',
          status: 'needs_response',
          payment_intent: intent.id,
          evidence_details: { due_by: 1e300 },
        },
      ],
    ]
    for (const [type, object] of objects)
      expect((await deliverEvent(shop, writeEvent(type, object))).outcome).not.toBeNull()
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
  },
)
