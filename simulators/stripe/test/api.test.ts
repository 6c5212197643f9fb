import Stripe from 'stripe'
import { account, errorOf, failure, order, startSimulator } from './support'

let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  sim = await startSimulator()
})

const form = { amount: '123450', currency: 'kes' }

test.each([
  [{ authorization: '' }, 'You did not provide an API key.'],
  [{ authorization: 'Bearer sk_test_wrong_and_long' }, 'Invalid API Key provided: sk_test_****long'],
  [{ authorization: 'Bearer sk_live' }, 'Invalid API Key provided: ****'],
])('a request with %j is refused with 401', async (headers, message) => {
  const answer = await sim.call('GET /v1/events', {}, headers)
  expect(answer.status).toBe(401)
  expect(errorOf(answer)).toMatchObject({ type: 'invalid_request_error' })
  expect(errorOf(answer).message).toMatch(message)
})

test('the official client sees an authentication error; Basic works as curl -u does', async () => {
  const error = await failure(sim.client({}, 'sk_test_wrong').paymentIntents.list())
  expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
  const basic = `Basic ${Buffer.from(`${account.secretKey}:`).toString('base64')}`
  expect((await sim.call('GET /v1/events', {}, { authorization: basic })).status).toBe(200)
})

test.each([
  [{ ...form, colour: 'red' }, 'parameter_unknown', 'colour'],
  [{ ...form, 'automatic_payment_methods[enable]': 'true' }, 'parameter_unknown', 'automatic_payment_methods[enable]'],
  [{ currency: 'kes' }, 'parameter_missing', 'amount'],
  [{ amount: '123450' }, 'parameter_missing', 'currency'],
  [{ ...form, amount: '12.50' }, 'parameter_invalid_integer', 'amount'],
  [{ ...form, amount: '0' }, 'parameter_invalid_integer', 'amount'],
  [{ ...form, amount: '100000000' }, 'amount_too_large', 'amount'],
  [{ ...form, amount: '6499' }, 'amount_too_small', 'amount'],
  [{ ...form, currency: 'kss' }, undefined, 'currency'],
  [{ ...form, receipt_email: 'nobody' }, 'email_invalid', 'receipt_email'],
  [{ ...form, capture_method: 'later' }, undefined, 'capture_method'],
  [{ ...form, 'metadata[note]': 'x'.repeat(501) }, undefined, 'metadata[note]'],
  [{ ...form, payment_method: 'pm_none' }, 'resource_missing', 'payment_method'],
  [{ ...form, confirm: 'true' }, 'parameter_missing', 'payment_method'],
  [{ ...form, 'expand[0]': 'customer' }, undefined, 'expand'],
])('the parameters %j are refused with %s', async (given, code, param) => {
  const answer = await sim.call('POST /v1/payment_intents', given as Record<string, string>)
  expect(answer.status).toBe(400)
  const error = errorOf(answer)
  expect(error.type).toBe('invalid_request_error')
  expect(error.code).toBe(code)
  expect(error.param).toBe(param)
  expect(sim.control.payments()).toEqual([])
})

test('every answer has an id and a version, every error where to look', async () => {
  const answer = await sim.call('GET /v1/payment_intents/pi_none', {}, { 'stripe-version': '2026-10-28.endive' })
  const id = answer.headers.get('request-id')
  expect(id).toMatch(/^req_\w{14}$/)
  expect(answer.headers.get('stripe-version')).toBe('2026-10-28.endive')
  expect(answer.status).toBe(404)
  expect(errorOf(answer)).toEqual({
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: "No such payment_intent: 'pi_none'",
    param: 'id',
    doc_url: 'https://docs.stripe.com/error-codes/resource-missing',
    request_log_url: `https://dashboard.stripe.com/test/logs/${id}`,
  })
})

test('unknown paths, other bodies and broken ones', async () => {
  expect((await sim.call('GET /v1/customers')).status).toBe(404)
  expect(errorOf(await sim.call('POST /v1/charges', form)).message).toBe(
    'Unrecognized request URL (POST: /v1/charges).',
  )
  const json = { 'content-type': 'application/json' }
  expect(errorOf(await sim.call('POST /v1/payment_intents', form, json)).message).toMatch('POST content type')
  expect((await sim.call('POST /v1/payment_intents', { amount: 'x'.repeat(200_000) })).status).toBe(413)
})

test('a preflight of any site is answered', async () => {
  const response = await fetch(`${sim.origin}/v1/payment_intents/pi_x/confirm`, { method: 'OPTIONS' })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toMatch('authorization')
})

test('lists: the newest first, in pages, and forward in time by ending_before', async () => {
  const ids: string[] = []
  for (let number = 0; number < 7; number++) {
    ids.push((await sim.stripe.paymentIntents.create({ ...order, metadata: { number } })).id)
    sim.clock.advance(1000)
  }
  const page = await sim.stripe.paymentIntents.list({ limit: 3 })
  expect(page).toMatchObject({ object: 'list', has_more: true, url: '/v1/payment_intents' })
  expect(page.data.map(({ id }) => id)).toEqual([...ids].reverse().slice(0, 3))
  const all = await sim.stripe.paymentIntents.list({ limit: 3 }).autoPagingToArray({ limit: 100 })
  expect(all.map(({ id }) => id)).toEqual([...ids].reverse())
  const since = await sim.stripe.paymentIntents
    .list({ limit: 2, ending_before: ids[1] })
    .autoPagingToArray({ limit: 100 })
  expect(since.map(({ id }) => id)).toEqual(ids.slice(2))
  const created = { gte: sim.clock.now() / 1000 - 2 }
  expect((await sim.stripe.paymentIntents.list({ created })).data).toHaveLength(2)
  expect(await failure(sim.stripe.paymentIntents.list({ starting_after: 'pi_none' }))).toMatchObject({
    statusCode: 400,
    param: 'starting_after',
    message: "No such payment_intent: 'pi_none'",
  })
  expect(await failure(sim.stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({ param: 'limit' })
})

test('expand in lists and two deep', async () => {
  const { id } = await sim.stripe.paymentIntents.create({ ...order, confirm: true, payment_method: 'pm_card_visa' })
  const { data } = await sim.stripe.charges.list({ payment_intent: id, expand: ['data.payment_intent.latest_charge'] })
  const intent = data[0]?.payment_intent as Stripe.PaymentIntent
  expect(intent.latest_charge).toMatchObject({ object: 'charge', payment_intent: id })
  expect((await sim.stripe.charges.list({ payment_intent: 'pi_none' })).data).toEqual([])
})
