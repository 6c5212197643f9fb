import type Stripe from 'stripe'
import { writeEvent } from '../src/sign-event'
import { type Callback, order, startReceiver, startSimulator } from './support'

let shop: Awaited<ReturnType<typeof startReceiver>>
let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  shop = await startReceiver()
  sim = await startSimulator({ webhookUrl: shop.url })
})

const pay = () => sim.stripe.paymentIntents.create({ ...order, confirm: true, payment_method: 'pm_card_visa' })
/** As the shop does it, by the simulator's clock. */
const construct = ({ text, headers }: Callback, secret = 'whsec_first', at = sim.clock.now()): Stripe.Event =>
  sim.stripe.webhooks.constructEvent(text, String(headers['stripe-signature']), secret, 300, undefined, at)
const eventOf = ({ text }: Callback) => JSON.parse(text) as Stripe.Event
const types = (callbacks: Callback[]) => callbacks.map((one) => eventOf(one).type).sort()

test('each event arrives signed, as the official client checks it', async () => {
  const { id } = await pay()
  const received = await shop.received(3)
  const events = received.map((one) => construct(one))
  expect(types(received)).toEqual(['charge.succeeded', 'payment_intent.created', 'payment_intent.succeeded'])
  const paid = events.find(({ type }) => type === 'payment_intent.succeeded')
  expect(paid).toMatchObject({
    object: 'event',
    api_version: '2026-10-28.endive',
    created: sim.clock.now() / 1000,
    livemode: false,
    pending_webhooks: 1,
    data: { object: { id, amount_received: 123_450, metadata: order.metadata } },
  })
  expect(paid?.id).toMatch(/^evt_\w{24}$/)
  expect(paid?.request?.id).toMatch(/^req_/)
  expect(received[0]?.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'user-agent': expect.stringMatching(/^Stripe\/1\.0/),
  })
})

test('the signature is of these bytes, this secret and this time', async () => {
  await pay()
  const [one] = await shop.received(3)
  expect(() => construct(one!, 'whsec_other')).toThrow('No signatures found matching')
  expect(() => construct({ ...one!, text: JSON.stringify(eventOf(one!)) })).toThrow('No signatures found matching')
  expect(() => construct(one!, 'whsec_first', sim.clock.now() + 301_000)).toThrow('outside the tolerance zone')
})

test('while a secret is being replaced both sign', async () => {
  const rotating = await startSimulator({ webhookUrl: shop.url, webhookSecrets: ['whsec_new', 'whsec_old'] })
  await rotating.stripe.paymentIntents.create(order)
  const [one] = await shop.received(1)
  for (const secret of ['whsec_new', 'whsec_old']) expect(construct(one!, secret).type).toBe('payment_intent.created')
})

test('what is not taken is tried again on schedule, signed afresh, until it is', async () => {
  const stubborn = await startReceiver([500, 400])
  const other = await startSimulator({
    webhookUrl: stubborn.url,
    switches: { retries: { afterMs: [1000, 400_000, 9000] } },
  })
  await other.stripe.paymentIntents.create(order)
  for (const [count, waitMs] of [
    [1, 1000],
    [2, 400_000],
  ] as const) {
    await stubborn.received(count)
    await other.control.idle()
    expect(other.control.events()).toMatchObject([{ told: 'untold' }])
    other.clock.advance(waitMs)
  }
  const received = await stubborn.received(3)
  await other.control.idle()
  expect(new Set(received.map(({ text }) => text)).size).toBe(1)
  const last = received.at(-1)!
  expect(() => construct(received[0]!, 'whsec_first', other.clock.now())).toThrow('outside the tolerance zone')
  expect(construct(last, 'whsec_first', other.clock.now()).type).toBe('payment_intent.created')
  expect(other.control.events()).toMatchObject([{ told: 'taken' }])
  expect((await other.stripe.events.list()).data[0]?.pending_webhooks).toBe(0)
})

test('after the last try it is given up, still listed, and can be sent by hand', async () => {
  const stubborn = await startReceiver([500, 500])
  const other = await startSimulator({ webhookUrl: stubborn.url, switches: { retries: { afterMs: [1000] } } })
  await other.stripe.paymentIntents.create(order)
  await stubborn.received(1)
  await other.control.idle()
  other.clock.advance(1000)
  await stubborn.received(2)
  await other.control.idle()
  const [event] = other.control.events()
  expect(event?.told).toBe('given up')
  const missed = await other.stripe.events.list({ delivery_success: false })
  expect(missed.data.map(({ id }) => id)).toEqual([event?.id])
  other.control.redeliver(event?.id ?? '')
  expect(eventOf((await stubborn.received(3))[2]!).id).toBe(event?.id)
  await other.control.idle()
  expect(other.control.events()[0]?.told).toBe('taken')
})

test('missed events are caught up in order by ending_before, by type too', async () => {
  const { data } = await sim.stripe.events.list({ limit: 1 })
  expect(data).toEqual([])
  await sim.stripe.paymentIntents.create(order)
  const seen = (await sim.stripe.events.list({ limit: 1 })).data[0]?.id
  await pay()
  await sim.stripe.refunds.create({ payment_intent: (await sim.stripe.paymentIntents.list()).data[0]?.id })
  const missed = await sim.stripe.events.list({ ending_before: seen, limit: 2 }).autoPagingToArray({ limit: 100 })
  expect(missed.map(({ type }) => type)).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'payment_intent.succeeded',
    'refund.created',
    'charge.refunded',
  ])
  const of = async (params: Stripe.EventListParams) =>
    (await sim.stripe.events.list(params)).data.map(({ type }) => type)
  expect(await of({ type: 'charge.*' })).toEqual(['charge.refunded', 'charge.succeeded'])
  expect(await of({ types: ['refund.created', 'payment_intent.succeeded'] })).toEqual([
    'refund.created',
    'payment_intent.succeeded',
  ])
  const event = await sim.stripe.events.retrieve(missed[1]?.id ?? '')
  expect(event.data.object).toMatchObject({ object: 'charge', amount_refunded: 0 })
})

test('an event is written as Stripe writes it, and holds what was true then', async () => {
  const { id } = await sim.stripe.paymentIntents.create(order)
  await sim.stripe.paymentIntents.cancel(id)
  const received = await shop.received(2)
  const created = received.find((one) => eventOf(one).type === 'payment_intent.created')!
  expect(eventOf(created).data.object).toMatchObject({ status: 'requires_payment_method' })
  expect(created.text).toBe(writeEvent(JSON.parse(created.text)))
  expect(created.text).toMatch(/^\{\n {2}"id": "evt_/)
})
