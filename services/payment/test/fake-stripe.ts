import { createHmac, randomUUID } from 'node:crypto'
import { createStripeSimulator, type StripeSimulatorOptions } from '@duka/stripe-simulator'
import { asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { checkCardPayments } from '../src/check-card-payments'
import { createStripe } from '../src/stripe/stripe'
import { listen } from './fake-safaricom'
import {
  type EventRow,
  type FullRow,
  newOrder,
  type Order,
  paymentRow,
  type Shop,
  startShop,
  untilStatus,
} from './support'

export const cardAccount = {
  secretKey: 'sk_test_of_the_shop',
  publishableKey: 'pk_test_of_the_shop',
  webhookSecret: 'whsec_of_the_shop',
}

export type CardShop = Awaited<ReturnType<typeof startCardShop>>

/** The payment app beside Stripe's simulator, whose cards wait for the test's hand. */
export async function startCardShop(options: Partial<StripeSimulatorOptions> = {}) {
  const shop = await startShop()
  const { webhookSecret, ...account } = cardAccount
  const simulator = createStripeSimulator({
    ...account,
    webhookSecrets: [webhookSecret],
    webhookUrl: `${shop.url}/api/webhook/stripe`,
    ...options,
  })
  const server = await listen(simulator.app)
  const useStripe = (baseUrl: string) => {
    shop.deps.stripe = createStripe({ ...cardAccount, baseUrl }, timeoutMs)
  }
  useStripe(server.url)
  return {
    ...shop,
    stripeUrl: server.url,
    useStripe,
    stripe: simulator.control,
    async stop() {
      await server.stop()
      simulator.close()
      await shop.stop()
    },
  }
}

/** Longer than the simulator ever takes. */
const timeoutMs = 1_000

export function payByCard(shop: Shop, order: Order, body: object = {}, headers: Record<string, string> = {}) {
  return supertest(shop.app)
    .post('/api/payments/stripe')
    .set({ authorization: asUser(order.userId), ...headers })
    .send({ orderId: order.id, ...body })
}

/** A try whose intent waits for a card. */
export async function startCardTry(shop: CardShop, order = newOrder(shop)) {
  const { body } = await payByCard(shop, order).expect(201)
  return {
    id: body.payment.id as string,
    intentId: body.payment.externalReference as string,
    clientSecret: body.clientSecret as string,
    order,
  }
}

/** A try that is paid, and told. */
export async function payCardTry(shop: CardShop, order = newOrder(shop)) {
  const started = await startCardTry(shop, order)
  shop.stripe.pay(started.intentId)
  await untilStatus(shop, started.id, 'completed')
  return started
}

/** Asks Stripe about a payment now, as the sweep does when its time has come. */
export async function checkCard(shop: Shop, id: string): Promise<FullRow> {
  await shop.rows('UPDATE payments SET next_check_at = now() WHERE id = $1', [id])
  await checkCardPayments(shop.deps)
  return paymentRow(shop, id)
}

/** Every event about an intent that was taken, once all that were taken are applied. */
export async function eventsOf(shop: CardShop, intentId: string): Promise<EventRow[]> {
  await shop.stripe.idle()
  return eventually('events applied', async () => {
    const rows = await shop.rows<EventRow>(`SELECT * FROM webhook_events WHERE provider = 'stripe' AND body LIKE $1`, [
      `%${intentId}%`,
    ])
    return rows.every(({ outcome }) => outcome !== null) && rows
  })
}

/** An event that says something of an intent, as Stripe would write it. */
export function writeEvent(type: string, object: object): string {
  const event = { id: `evt_${randomUUID()}`, object: 'event', api_version: '2026-10-28.endive', type }
  return JSON.stringify({ ...event, created: 1, livemode: false, pending_webhooks: 1, request: null, data: { object } })
}

/** Stripe's signature of a body: HMAC-SHA256 over the time and the bytes. */
export function signEvent(body: string, { secret = cardAccount.webhookSecret, at = Date.now() / 1000 } = {}): string {
  const time = Math.floor(at)
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`
}

export function postEvent(shop: Shop, body: string, signature: string | null = signEvent(body)): supertest.Test {
  const headers = { 'content-type': 'application/json', ...(signature !== null && { 'stripe-signature': signature }) }
  return supertest(shop.app).post('/api/webhook/stripe').set(headers).serialize(asItIs).send(body)
}

// Superagent would make JSON of a text.
const asItIs = (body: unknown) => body as string

/** Posts an event, and waits until it is applied. */
export async function deliverEvent(shop: Shop, body: string): Promise<EventRow> {
  await postEvent(shop, body).expect(200)
  const sql = 'SELECT * FROM webhook_events WHERE digest = $1 AND outcome IS NOT NULL'
  return eventually('event applied', () => shop.row<EventRow>(sql, [`stripe:${JSON.parse(body).id}`]))
}

/** A paid intent, as an event has it. */
export function paidIntent(row: FullRow, change: object = {}) {
  const amount = Math.round(Number(row.amount) * 100)
  return {
    id: row.external_reference ?? `pi_${randomUUID()}`,
    object: 'payment_intent',
    status: 'succeeded',
    amount,
    amount_received: amount,
    currency: row.currency.toLowerCase(),
    livemode: false,
    latest_charge: `ch_${randomUUID()}`,
    client_secret: 'pi_1_secret_2',
    last_payment_error: null,
    metadata: { paymentId: row.id, orderId: row.order_id },
    ...change,
  }
}
