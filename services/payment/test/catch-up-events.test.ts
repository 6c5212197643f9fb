import { createEventCatchUp } from '../src/catch-up-events'
import { type CardShop, eventsOf, payCardTry, startCardShop, startCardTry } from './fake-stripe'
import { paymentRow, reviewsOf } from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.stripe.reset())

const loseAll = { lost: { rate: 1 }, retries: { afterMs: [] } }

/** Until no webhook is on its way, lost ones included, Stripe does not know what it could not deliver. */
async function catchUp() {
  await shop.stripe.idle()
  await createEventCatchUp(shop.deps)()
}

test('a refund in the dashboard and a dispute whose events are all lost are found, once', async () => {
  const refunded = await payCardTry(shop)
  const disputed = await payCardTry(shop)
  await shop.stripe.idle()
  shop.stripe.changeSwitches(loseAll)
  shop.stripe.step(refunded.intentId, 'refund')
  shop.stripe.step(disputed.intentId, 'dispute')
  await catchUp()
  expect(await paymentRow(shop, refunded.id)).toMatchObject({ status: 'refunded' })
  expect(await reviewsOf(shop, disputed.id)).toMatchObject([{ kind: 'disputed' }])
  const before = await shop.rows('SELECT id FROM webhook_events')
  await catchUp()
  expect(await shop.rows('SELECT id FROM webhook_events')).toEqual(before)
})

test('what happened to a card is taken in the order in which it happened, without its secret', async () => {
  shop.stripe.changeSwitches(loseAll)
  const { id, intentId } = await startCardTry(shop)
  shop.stripe.decline(intentId)
  shop.stripe.pay(intentId)
  await catchUp()
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', failure_message: null })
  const events = await eventsOf(shop, intentId)
  const types = events.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ body }) => JSON.parse(body).type)
  expect(types).toEqual(['payment_intent.payment_failed', 'payment_intent.succeeded'])
  expect(JSON.stringify(events)).not.toContain('client_secret')
})

test('an event that was delivered is not taken again', async () => {
  const { intentId } = await payCardTry(shop)
  const before = await eventsOf(shop, intentId)
  await catchUp()
  expect(await eventsOf(shop, intentId)).toHaveLength(before.length)
})

test('while Stripe does not answer nothing is taken for seen', async () => {
  const { id, intentId } = await payCardTry(shop)
  await shop.stripe.idle()
  shop.stripe.changeSwitches(loseAll)
  shop.stripe.step(intentId, 'dispute')
  await shop.stripe.idle()
  const look = createEventCatchUp(shop.deps)
  shop.stripe.changeSwitches({ serverError: { rate: 1 } })
  await expect(look()).rejects.toThrow()
  shop.stripe.changeSwitches({ serverError: { rate: 0 } })
  await look()
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'disputed' }])
})

test('a shop without an account looks at nothing', async () => {
  const { stripe } = shop.deps
  shop.deps.stripe = null
  await createEventCatchUp(shop.deps)()
  shop.deps.stripe = stripe
})
