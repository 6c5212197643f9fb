import Stripe from 'stripe'
import { changeSwitches, defaultSwitches, strikes } from '../src/switches'
import { type Callback, errorOf, failure, order, startReceiver, startSimulator, until } from './support'

let shop: Awaited<ReturnType<typeof startReceiver>>
let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  shop = await startReceiver()
  sim = await startSimulator({ webhookUrl: shop.url })
})

const fault = (patch: unknown) => sim.control.changeSwitches(patch)
const create = (idempotencyKey = 'k1') => sim.stripe.paymentIntents.create(order, { idempotencyKey })
const counter = (name: string) => sim.control.counters()[name]
const intents = () => sim.control.payments()
const eventOf = ({ text }: Callback) => JSON.parse(text) as Stripe.Event
const types = (callbacks: Callback[]) => callbacks.map((one) => eventOf(one).type)
const construct = ({ text, headers }: Callback) =>
  sim.stripe.webhooks.constructEvent(
    text,
    String(headers['stripe-signature']),
    'whsec_first',
    300,
    undefined,
    sim.clock.now(),
  )

test('answerLost: the connection breaks, the intent exists, and the same key finds it', async () => {
  fault({ answerLost: { rate: 1 } })
  const headers = { 'idempotency-key': 'k1' }
  const form = { amount: '123450', currency: 'kes' }
  await expect(sim.call('POST /v1/payment_intents', form, headers)).rejects.toThrow('fetch failed')
  expect(intents()).toHaveLength(1)
  expect(types(await shop.received(1))).toEqual(['payment_intent.created'])
  const again = await sim.call('POST /v1/payment_intents', form, headers)
  expect(again.body.id).toBe(intents()[0]?.id)
  expect(intents()).toHaveLength(1)
})

test('answerLost: the official client repeats a broken request with its key, and there is one intent', async () => {
  fault({ answerLost: { rate: 1 } })
  const intent = await create()
  expect(intents().map(({ id }) => id)).toEqual([intent.id])
})

test.each([
  ['unsaid', null],
  ['true', 'true'],
  ['false', 'false'],
])('serverError with should-retry %s: nothing has happened, the same key is free', async (shouldRetry, header) => {
  fault({ serverError: { rate: 1, shouldRetry } })
  const answer = await sim.call('POST /v1/payment_intents', {}, { 'idempotency-key': 'k1' })
  expect(answer.status).toBe(500)
  expect(errorOf(answer).type).toBe('api_error')
  expect(answer.headers.get('stripe-should-retry')).toBe(header)
  expect(await failure(create())).toBeInstanceOf(Stripe.errors.StripeAPIError)
  fault({ serverError: { rate: 0 } })
  expect((await create()).status).toBe('requires_payment_method')
})

test.each([false, true])(
  'savedError (applied: %s): the key gives 500 for ever, another key does not',
  async (applied) => {
    fault({ savedError: { rate: 1, applied } })
    expect(await failure(create())).toMatchObject({ statusCode: 500 })
    fault({ savedError: { rate: 0 } })
    const again = await failure(create())
    expect(again).toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } })
    expect(intents()).toHaveLength(applied ? 1 : 0)
    await create('k2')
    expect(intents()).toHaveLength(applied ? 2 : 1)
  },
)

test('conflict and rateLimited: nothing is saved; the client retries a 409, not a 429', async () => {
  fault({ conflict: { rate: 1 } })
  expect(await failure(create())).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' })
  expect((await sim.stripe.paymentIntents.list()).data).toEqual([])
  fault({ conflict: { rate: 0 }, rateLimited: { rate: 1 } })
  const error = await failure(sim.client({ maxNetworkRetries: 3 }).paymentIntents.list())
  expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError)
  expect(error.code).toBe('rate_limit')
  expect(sim.control.counters()['fault.rateLimited']).toBe(1)
})

test('rateLimit: so many a second, then 429 until the next one', async () => {
  fault({ rateLimit: { perSecond: 2 } })
  await sim.stripe.events.list()
  await sim.stripe.events.list()
  expect(await failure(sim.stripe.events.list())).toMatchObject({ statusCode: 429 })
  sim.clock.advance(1000)
  await sim.stripe.events.list()
})

test('latency: the client gives up waiting, and what it asked for has happened', async () => {
  fault({ latency: { rate: 1, ms: 60_000 } })
  const impatient = sim.client({ timeout: 100 })
  const error = await failure(impatient.paymentIntents.create(order, { idempotencyKey: 'k1' }))
  expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError)
  expect(intents()).toHaveLength(1)
  expect(await failure(create())).toMatchObject({ statusCode: 409 })
  sim.clock.advance(60_000)
  await shop.received(1)
  expect((await create()).id).toBe(intents()[0]?.id)
})

test('cancelRace: the payment was a moment earlier than the cancel', async () => {
  const { id } = await create()
  fault({ cancelRace: { rate: 1 } })
  const error = await failure(sim.stripe.paymentIntents.cancel(id, undefined, { idempotencyKey: 'k2' }))
  expect(error).toMatchObject({ code: 'payment_intent_unexpected_state', payment_intent: { status: 'succeeded' } })
  expect(sim.control.ledger().totals.kes).toMatchObject({ charge: 123_450 })
  expect(types(await shop.received(3)).sort()).toEqual([
    'charge.succeeded',
    'payment_intent.created',
    'payment_intent.succeeded',
  ])
})

test('beforeAnswer: the shop has taken the event before the create is answered', async () => {
  fault({ beforeAnswer: { rate: 1 } })
  const { id } = await create()
  expect(shop.callbacks.map((one) => (eventOf(one).data.object as Stripe.PaymentIntent).id)).toEqual([id])
})

test('late: the event waits', async () => {
  fault({ late: { rate: 1, ms: 5000 } })
  await create()
  await until(() => counter('fault.late') === 1)
  sim.clock.advance(4999)
  expect(shop.callbacks).toEqual([])
  sim.clock.advance(1)
  await shop.received(1)
})

test('lost: a try never arrives, and the next one may', async () => {
  fault({ lost: { rate: 1 }, retries: { afterMs: [1000, 1000] } })
  await create()
  await until(() => counter('fault.lost') === 1)
  fault({ lost: { rate: 0 } })
  expect(shop.callbacks).toEqual([])
  sim.clock.advance(1000)
  expect(construct((await shop.received(1))[0]!).type).toBe('payment_intent.created')
})

test('lost for good: the event can still be pulled', async () => {
  fault({ lost: { rate: 1 }, retries: { afterMs: [] } })
  await create()
  await until(() => sim.control.events()[0]?.told === 'given up')
  expect((await sim.stripe.events.list({ delivery_success: false })).data).toHaveLength(1)
})

test('doubled: the same event several times; twin: two events of one fact', async () => {
  fault({ doubled: { rate: 1, times: 2 } })
  await create()
  const received = await shop.received(3)
  expect(new Set(received.map((one) => eventOf(one).id)).size).toBe(1)
  fault({ doubled: { rate: 0 }, twin: { rate: 1 } })
  await create('k2')
  const twins = (await shop.received(5)).slice(3).map(eventOf)
  expect(new Set(twins.map(({ id }) => id)).size).toBe(2)
  expect(new Set(twins.map(({ data }) => JSON.stringify(data))).size).toBe(1)
})

test('reordered: a held event is overtaken by a later one', async () => {
  fault({ reordered: { rate: 1 } })
  const { id } = await create()
  await until(() => counter('fault.reordered') === 1)
  fault({ reordered: { rate: 0 } })
  await sim.stripe.paymentIntents.cancel(id)
  expect(types(await shop.received(2))).toEqual(['payment_intent.canceled', 'payment_intent.created'])
})

test('slowBody: the body comes in pieces and is whole in the end', async () => {
  fault({ slowBody: { rate: 1, ms: 20 } })
  await create()
  expect(construct((await shop.received(1))[0]!).type).toBe('payment_intent.created')
})

test.each(['wrongSecret', 'staleTime', 'alteredByte'])(
  '%s: beside the true event comes one that must be refused',
  async (evil) => {
    fault({ [evil]: { rate: 1 } })
    await create()
    const outcomes = (await shop.received(2)).map((one) => {
      try {
        return construct(one).type
      } catch {
        return 'refused'
      }
    })
    expect(outcomes.sort()).toEqual(['payment_intent.created', 'refused'])
    await until(() => counter(`evil.${evil}.taken`) === 1)
    expect(counter(`fault.${evil}`)).toBe(1)
  },
)

test('wrongSecret says that an open intent is paid; the ledger never lies', async () => {
  fault({ wrongSecret: { rate: 1 } })
  await create()
  const lie = (await shop.received(2)).map(eventOf).find(({ type }) => type === 'payment_intent.succeeded')
  expect(lie?.data.object).toMatchObject({ status: 'succeeded', amount_received: 123_450 })
  expect(sim.control.ledger().totals).toEqual({})
})

test('futureTime: the official client takes a time that has not come, so the shop must look itself', async () => {
  fault({ futureTime: { rate: 1 } })
  await create()
  const times = (await shop.received(2)).map((one) => {
    expect(construct(one).type).toBe('payment_intent.created')
    return Number(/t=(\d+)/.exec(String(one.headers['stripe-signature']))?.[1])
  })
  expect(times.sort()).toEqual([sim.clock.now() / 1000, sim.clock.now() / 1000 + 86_400])
})

test('a refused evil is counted as refused', async () => {
  const strict = await startReceiver([400, 400])
  const other = await startSimulator({ webhookUrl: strict.url, switches: { staleTime: { rate: 1 } } })
  await other.stripe.paymentIntents.create(order)
  await until(() => other.control.counters()['evil.staleTime.refused'] === 1)
})

test('a seed decides what is struck, each fault by itself', () => {
  const switches = changeSwitches(defaultSwitches, { seed: 7, lost: { rate: 0.3 }, late: { rate: 0.3 } })
  const draw = (name: 'lost' | 'late', using = switches) =>
    Array.from({ length: 2000 }, (_, sequence) => strikes(using, name, sequence))
  expect(draw('lost')).toEqual(draw('lost'))
  expect(draw('lost')).not.toEqual(draw('late'))
  expect(draw('lost')).not.toEqual(draw('lost', { ...switches, seed: 8 }))
  const share = draw('lost').filter(Boolean).length / 2000
  expect(share).toBeGreaterThan(0.25)
  expect(share).toBeLessThan(0.35)
})
