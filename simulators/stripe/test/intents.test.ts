import Stripe from 'stripe'
import { account, errorOf, failure, order, startSimulator } from './support'

let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  sim = await startSimulator()
})

const intents = () => sim.stripe.paymentIntents
const create = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  intents().create({ ...order, automatic_payment_methods: { enabled: true }, ...more })
const money = () => sim.control.ledger().totals.kes
const types = () =>
  sim.control
    .events()
    .map(({ type }) => type)
    .reverse()

test('an intent begins without a card', async () => {
  const intent = await create()
  expect(intent).toMatchObject({
    object: 'payment_intent',
    amount: 123_450,
    amount_received: 0,
    currency: 'kes',
    status: 'requires_payment_method',
    metadata: order.metadata,
    automatic_payment_methods: { enabled: true, allow_redirects: 'always' },
    livemode: false,
    latest_charge: null,
    created: sim.clock.now() / 1000,
  })
  expect(intent.id).toMatch(/^pi_[A-Za-z0-9]{24}$/)
  expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_[A-Za-z0-9]{25}$`))
  expect(await intents().retrieve(intent.id)).toEqual({ ...intent })
})

test('ids depend on seed, time and order only', async () => {
  const [twin, other] = [await startSimulator(), await startSimulator({ switches: { seed: 2 } })]
  const idOf = async ({ stripe }: typeof sim) => (await stripe.paymentIntents.create(order)).id
  const first = await idOf(sim)
  expect(await idOf(twin)).toBe(first)
  expect(await idOf(other)).not.toBe(first)
  expect(await idOf(sim)).not.toBe(first)
})

test('a good card pays', async () => {
  const { id } = await create()
  const paid = await intents().confirm(id, { payment_method: 'pm_card_visa', expand: ['latest_charge'] })
  expect(paid).toMatchObject({ status: 'succeeded', amount_received: 123_450, payment_method: 'pm_card_visa' })
  expect(paid.latest_charge).toMatchObject({
    amount_captured: 123_450,
    paid: true,
    payment_intent: id,
    metadata: order.metadata,
  })
  const charge = await sim.stripe.charges.retrieve((paid.latest_charge as Stripe.Charge).id)
  expect(charge.payment_method_details?.card).toMatchObject({ brand: 'visa', last4: '4242' })
  expect(money()).toMatchObject({ charge: 123_450, net: 123_450, entries: 1 })
  expect(types()).toEqual(['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'])
  const again = await failure(intents().confirm(id, { payment_method: 'pm_card_visa' }))
  expect(again).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state', payment_intent: { id } })
  expect(money()).toMatchObject({ entries: 1 })
})

test.each([
  ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
  ['pm_card_chargeDeclinedExpiredCard', 'expired_card', ''],
  ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', ''],
  ['pm_card_chargeDeclinedProcessingError', 'processing_error', ''],
])('%s is declined with %s, and the intent can be paid after all', async (card, code, declineCode) => {
  const { id } = await create()
  const error = await failure(intents().confirm(id, { payment_method: card }))
  expect(error).toBeInstanceOf(Stripe.errors.StripeCardError)
  expect(error).toMatchObject({
    statusCode: 402,
    code,
    decline_code: declineCode,
    doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`,
    payment_intent: { id, status: 'requires_payment_method', payment_method: null, last_payment_error: { code } },
  })
  const charge = await sim.stripe.charges.retrieve(error.charge ?? '')
  expect(charge).toMatchObject({ paid: false, status: 'failed', failure_code: code })
  expect(types()).toEqual(['payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'])
  expect(money()).toBeUndefined()
  expect((await intents().confirm(id, { payment_method: 'pm_card_visa' })).last_payment_error).toBeNull()
  expect(money()).toMatchObject({ net: 123_450 })
})

test('3-D Secure: the bank asks, on the simulator page, and the answer decides', async () => {
  const { id } = await create({
    confirm: true,
    payment_method: 'pm_card_authenticationRequired',
    return_url: 'https://shop.example/done',
  })
  const asking = await intents().retrieve(id)
  expect(asking.status).toBe('requires_action')
  expect(asking.next_action?.redirect_to_url?.url).toBe(`http://127.0.0.1:6002/cards/#${id}`)
  expect(sim.control.payment(id).returnUrl).toBe(
    `https://shop.example/done?payment_intent=${id}&payment_intent_client_secret=${asking.client_secret}`,
  )
  sim.control.step(id, 'fail-authentication')
  expect(await intents().retrieve(id)).toMatchObject({
    status: 'requires_payment_method',
    latest_charge: null,
    last_payment_error: { code: 'payment_intent_authentication_failure' },
  })
  await intents().confirm(id, { payment_method: 'pm_card_threeDSecure2Required' })
  expect(() => sim.control.step(id, 'settle')).toThrow('It is requires_action')
  sim.control.step(id, 'authenticate')
  expect((await intents().retrieve(id)).status).toBe('succeeded')
  expect(money()).toMatchObject({ entries: 1 })
})

test('3-D Secure proven, and declined all the same', async () => {
  const { id } = await create({ confirm: true, payment_method: 'pm_card_authenticationRequiredChargeDeclined' })
  sim.control.step(id, 'authenticate')
  expect((await intents().retrieve(id)).last_payment_error).toMatchObject({ code: 'card_declined' })
})

test('a slow payment is processed first, and cannot be canceled meanwhile', async () => {
  const { id } = await create({ confirm: true, payment_method: 'pm_sim_processing' })
  expect((await intents().retrieve(id)).status).toBe('processing')
  expect(await failure(intents().cancel(id))).toMatchObject({ code: 'payment_intent_unexpected_state' })
  sim.clock.advance(1000)
  expect((await intents().retrieve(id)).status).toBe('succeeded')
  const failing = await create({ confirm: true, payment_method: 'pm_sim_processingFails' })
  sim.clock.advance(1000)
  expect((await intents().retrieve(failing.id)).status).toBe('requires_payment_method')
})

test('cancel: an open one ends for good, a paid one does not', async () => {
  const { id } = await create()
  const canceled = await intents().cancel(id, { cancellation_reason: 'abandoned' })
  expect(canceled).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'abandoned',
    canceled_at: sim.clock.now() / 1000,
  })
  expect(await failure(intents().confirm(id, { payment_method: 'pm_card_visa' }))).toMatchObject({ statusCode: 400 })
  expect(await failure(intents().cancel(id))).toMatchObject({ code: 'payment_intent_unexpected_state' })
  const paid = await create({ confirm: true, payment_method: 'pm_card_visa' })
  const error = await failure(intents().cancel(paid.id))
  expect(error).toMatchObject({ code: 'payment_intent_unexpected_state', payment_intent: { status: 'succeeded' } })
  expect(money()).toMatchObject({ entries: 1 })
})

test('capture by hand: held, then taken in part; what is held can be let go', async () => {
  const held = await create({ capture_method: 'manual', confirm: true, payment_method: 'pm_card_visa' })
  expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 123_450, amount_received: 0 })
  expect(money()).toBeUndefined()
  expect(await failure(intents().capture(held.id, { amount_to_capture: 123_451 }))).toMatchObject({ statusCode: 400 })
  const captured = await intents().capture(held.id, { amount_to_capture: 100_000 })
  expect(captured).toMatchObject({ status: 'succeeded', amount_capturable: 0, amount_received: 100_000 })
  expect(money()).toMatchObject({ charge: 100_000, entries: 1 })
  expect(await failure(intents().capture(held.id))).toMatchObject({ code: 'payment_intent_unexpected_state' })

  const released = await create({ capture_method: 'manual', confirm: true, payment_method: 'pm_card_visa' })
  await intents().cancel(released.id)
  expect(types().slice(-2)).toEqual(['charge.refunded', 'payment_intent.canceled'])
  expect(money()).toMatchObject({ entries: 1 })
})

test('update: amount and metadata while it is open, only words afterwards', async () => {
  const { id } = await create()
  const changed = await intents().update(id, { amount: 200_000, metadata: { orderId: '', note: 'gift' } })
  expect(changed).toMatchObject({ amount: 200_000, metadata: { paymentId: 'p1', note: 'gift' } })
  expect((await intents().update(id, { metadata: '' })).metadata).toEqual({})
  await intents().confirm(id, { payment_method: 'pm_card_mastercard' })
  expect(await failure(intents().update(id, { amount: 1_000_000 }))).toMatchObject({
    code: 'payment_intent_unexpected_state',
  })
  expect((await intents().update(id, { description: 'Order 7' })).description).toBe('Order 7')
  expect(money()).toMatchObject({ charge: 200_000 })
})

test('a browser confirms its own intent with the publishable key and the client secret', async () => {
  const { id, client_secret } = await create()
  const path = `/v1/payment_intents/${id}`
  const proof = { key: account.publishableKey, client_secret: client_secret ?? '' }
  const call = (line: string, form: Record<string, string>) => sim.call(line, form, { authorization: '' })
  const card = { 'payment_method_data[type]': 'card', 'payment_method_data[card][number]': '4000 0000 0000 0002' }
  expect(errorOf(await call(`POST ${path}/confirm`, { ...proof, ...card }))).toMatchObject({ code: 'card_declined' })
  const good = { ...card, 'payment_method_data[card][number]': '4242424242424242' }
  const paid = await call(`POST ${path}/confirm`, { ...proof, ...good })
  expect(paid).toMatchObject({ status: 200, body: { status: 'succeeded' } })
  expect(paid.headers.get('access-control-allow-origin')).toBe('*')
  expect(paid.body).not.toHaveProperty('metadata')
  const read = await call(`GET ${path}?${new URLSearchParams(proof)}`, {})
  expect(read).toMatchObject({ status: 200, body: { status: 'succeeded', client_secret } })
})

test('a browser can do nothing else', async () => {
  const { id } = await create()
  const call = (line: string, form: Record<string, string> = {}) =>
    sim.call(line, form, { authorization: `Bearer ${account.publishableKey}` })
  const wrong = { client_secret: `${id}_secret_guess`, payment_method: 'pm_card_visa' }
  expect(await call(`POST /v1/payment_intents/${id}/confirm`, wrong)).toMatchObject({ status: 404 })
  expect(await call(`GET /v1/payment_intents/${id}`)).toMatchObject({ status: 404 })
  for (const line of [`POST /v1/payment_intents/${id}/cancel`, 'POST /v1/refunds', 'GET /v1/events']) {
    const answer = await call(line)
    expect(answer.status).toBe(401)
    expect(errorOf(answer).code).toBe('secret_key_required')
  }
  expect((await intents().retrieve(id)).status).toBe('requires_payment_method')
})

test('auto and scripts: intents are paid by themselves, or take the steps they are told', async () => {
  sim.control.changeSwitches({ auto: { answer: 'pay', delayMs: 1000 } })
  sim.control.script(['pm_card_visa_chargeDeclined', 'pm_card_authenticationRequired', 'authenticate'])
  sim.control.script([])
  const [scripted, waiting, auto] = [await create(), await create(), await create()]
  sim.clock.advance(1000)
  const statuses = () => [scripted, waiting, auto].map(({ id }) => sim.control.payment(id).status)
  expect(statuses()).toEqual(['requires_payment_method', 'requires_payment_method', 'succeeded'])
  sim.clock.advance(1000)
  expect(statuses()[0]).toBe('requires_action')
  sim.clock.advance(1000)
  expect(statuses()).toEqual(['succeeded', 'requires_payment_method', 'succeeded'])
  expect(() => sim.control.script(['pay'])).toThrow('Unknown step: use one of authenticate,')
})

test('what was planned is dropped when the shop cancels first', async () => {
  sim.control.changeSwitches({ auto: { answer: 'pay' } })
  const { id } = await create()
  await intents().cancel(id)
  sim.clock.advance(60_000)
  expect(sim.control.payment(id).status).toBe('canceled')
  expect(money()).toBeUndefined()
})
