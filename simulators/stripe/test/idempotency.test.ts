import Stripe from 'stripe'
import { errorOf, failure, order, startSimulator, until } from './support'

let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  sim = await startSimulator()
})

const form = { amount: '123450', currency: 'kes', 'metadata[a]': '1', 'metadata[b]': '2' }
const post = (key: string, fields: Record<string, string> = form, path = '/v1/payment_intents') =>
  sim.call(`POST ${path}`, fields, { 'idempotency-key': key })

test('the same key and parameters give the first answer again', async () => {
  const first = await post('k1')
  const again = await post('k1', Object.fromEntries(Object.entries(form).reverse()))
  expect(again.body).toEqual(first.body)
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'))
  expect(again.headers.get('request-id')).not.toBe(first.headers.get('request-id'))
  expect(sim.control.payments()).toHaveLength(1)
})

test('other parameters or another endpoint: 400 idempotency_error', async () => {
  const { body } = await post('k1')
  const other = await post('k1', { ...form, amount: '123451' })
  expect(other.status).toBe(400)
  expect(errorOf(other).type).toBe('idempotency_error')
  expect((await post('k1', {}, `/v1/payment_intents/${body.id}/cancel`)).status).toBe(400)
  const create = (amount: number) => sim.stripe.paymentIntents.create({ ...order, amount }, { idempotencyKey: 'k2' })
  await create(10_000)
  expect(await failure(create(20_000))).toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
})

test('failed validation is not saved, a decline and a wrong state are', async () => {
  expect((await post('k1', { currency: 'kes' })).status).toBe(400)
  expect((await post('k1')).status).toBe(200)
  expect((await post('k2', {}, '/v1/payment_intents/pi_none/cancel')).status).toBe(404)
  const { body } = await post('k2')
  const confirm = (key: string) =>
    post(key, { payment_method: 'pm_card_visa_chargeDeclined' }, `/v1/payment_intents/${body.id}/confirm`)
  const declined = await confirm('k3')
  const again = await confirm('k3')
  expect(again.status).toBe(402)
  expect(again.body).toEqual(declined.body)
  expect((await sim.stripe.charges.list({ payment_intent: String(body.id) })).data).toHaveLength(1)
  await confirm('k4')
  expect((await sim.stripe.charges.list({ payment_intent: String(body.id) })).data).toHaveLength(2)
  await sim.stripe.paymentIntents.cancel(String(body.id))
  expect((await confirm('k5')).headers.get('idempotent-replayed')).toBeNull()
  expect((await confirm('k5')).headers.get('idempotent-replayed')).toBe('true')
})

test('a key in flight: 409, and the first answer afterwards', async () => {
  sim.control.changeSwitches({ latency: { rate: 1, ms: 3000 } })
  const first = post('k1')
  await until(() => sim.control.counters()['fault.latency'] === 1)
  const second = await post('k1')
  expect(second.status).toBe(409)
  expect(errorOf(second)).toMatchObject({ type: 'invalid_request_error', code: 'idempotency_key_in_use' })
  sim.clock.advance(3000)
  expect((await first).status).toBe(200)
  expect((await post('k1')).body).toEqual((await first).body)
  expect(sim.control.payments()).toHaveLength(1)
})

test('a key is good for a day, and then a new one', async () => {
  const first = await post('k1')
  sim.clock.advance(24 * 3_600_000 - 1)
  expect((await post('k1')).body.id).toBe(first.body.id)
  sim.clock.advance(1)
  expect((await post('k1')).body.id).not.toBe(first.body.id)
})

test('without a key each request is its own; the client sends one by itself', async () => {
  const [one, two] = [
    await sim.call('POST /v1/payment_intents', form),
    await sim.call('POST /v1/payment_intents', form),
  ]
  expect(one.body.id).not.toBe(two.body.id)
  await sim.client({ maxNetworkRetries: 1 }).paymentIntents.create(order)
  const { data } = await sim.stripe.events.list({ limit: 1 })
  expect(data[0]?.request?.idempotency_key).toMatch(/^stripe-node-retry-/)
  expect((await post('k'.repeat(256))).status).toBe(400)
})

test('the oldest keys go when there are too many', async () => {
  const small = await startSimulator({ limits: { objects: 100, events: 100, ledger: 100, keys: 2 } })
  const create = (key: string) => small.stripe.paymentIntents.create(order, { idempotencyKey: key })
  const [first] = [await create('k1'), await create('k2'), await create('k3')]
  expect((await create('k3')).lastResponse.headers['idempotent-replayed']).toBe('true')
  expect((await create('k1')).id).not.toBe(first?.id)
})
