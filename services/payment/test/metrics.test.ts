import { randomUUID } from 'node:crypto'
import { eventually, type MetricLine, readMetric, readMetrics } from '@duka/testkit'
import { watchOpenMoney } from '../src/watch-open-money'
import { type CardShop, payCardTry, postEvent, signEvent, startCardShop, startCardTry, writeEvent } from './fake-stripe'
import { refund, startPaid, untilRefund } from './refund-support'
import {
  age,
  callbackOf,
  callbackPath,
  check,
  deliver,
  newOrder,
  pay,
  postCallback,
  startTry,
  untilStatus,
} from './support'

let shop: CardShop

beforeAll(async () => {
  shop = await startCardShop()
})
afterAll(() => shop.stop())
afterEach(() => shop.safaricom.control.reset())

type Labels = Record<string, string>
const metric = async (name: string, labels?: Labels) => (await readMetric(shop.url, name, labels)) ?? 0

/** What a metric grew by while something happened, once it has. */
async function expectGrowth(by: number, name: string, labels: Labels, act: () => Promise<unknown>): Promise<void> {
  const before = await metric(name, labels)
  await act()
  await eventually(`${name} to grow`, async () => (await metric(name, labels)) >= before + by)
  expect(await metric(name, labels)).toBe(before + by)
}

const ended = 'payments_ended_total'

test('a prompt that is paid counts as tried and completed, with its amount and time', async () => {
  const [amount, tries] = [
    await metric('payment_amount_minor_units_total', { provider: 'mpesa', currency: 'KES' }),
    await metric('payment_attempts_total', { provider: 'mpesa' }),
  ]
  const settled = await metric('payment_settle_duration_seconds_count', { provider: 'mpesa' })
  await expectGrowth(1, ended, { provider: 'mpesa', outcome: 'completed', code: '0' }, () => startPaid(shop))
  expect(await metric('payment_amount_minor_units_total', { provider: 'mpesa', currency: 'KES' })).toBe(
    amount + 150_000,
  )
  expect(await metric('payment_attempts_total', { provider: 'mpesa' })).toBe(tries + 1)
  expect(await metric('payment_settle_duration_seconds_count', { provider: 'mpesa' })).toBe(settled + 1)
})

test('a card that is paid counts, too, and so does what was asked of both providers', async () => {
  await expectGrowth(1, ended, { provider: 'stripe', outcome: 'completed' }, () => payCardTry(shop))
  const calls = 'http_client_request_duration_seconds_count'
  expect(
    await metric(calls, { target: 'stripe', operation: 'POST /v1/payment_intents', status: '200' }),
  ).toBeGreaterThan(0)
  const push = { target: 'mpesa', operation: '/mpesa/stkpush/v1/processrequest', status: '200' }
  expect(await metric(calls, push)).toBeGreaterThan(0)
})

test('failures count by their code, and a code that nobody knows is no label', async () => {
  const { checkoutRequestId } = await startTry(shop)
  const cancelled = { provider: 'mpesa', outcome: 'failed', code: '1032' }
  await expectGrowth(1, ended, cancelled, async () => shop.safaricom.control.settle(checkoutRequestId, '1032'))
  const { id } = await startTry(shop)
  const other = { provider: 'mpesa', outcome: 'failed', code: 'other' }
  shop.useSafaricom('http://127.0.0.1:1')
  await expectGrowth(1, ended, other, () => pay(shop, newOrder(shop)).expect(503))
  shop.useSafaricom(shop.safaricom.url)
  await age(shop, id, 200)
  await expectGrowth(1, ended, { provider: 'mpesa', outcome: 'unknown' }, () => check(shop, id))
})

test('callbacks count by what became of them', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const body = callbackOf(shop, checkoutRequestId)
  const count = (outcome: string) => metric('webhooks_total', { provider: 'mpesa', outcome })
  const [kept, applied] = [await count('kept'), await count('applied')]
  await deliver(shop, checkoutRequestId, body)
  await untilStatus(shop, id, 'completed')
  await eventually('applied', async () => (await count('applied')) === applied + 1)
  expect(await count('kept')).toBe(kept + 1)
  const webhooks = (outcome: string) => ({ provider: 'mpesa', outcome })
  const again = () => postCallback(shop, callbackPath(shop, checkoutRequestId), body).expect(200)
  await expectGrowth(1, 'webhooks_total', webhooks('duplicate'), again)
  const unproven = () => postCallback(shop, '/api/webhook/mpesa', `{"a":"${randomUUID()}"}`).expect(200)
  await expectGrowth(1, 'webhooks_total', webhooks('unmatched'), unproven)
  const { mpesa } = shop.deps
  shop.deps.mpesa = { ...mpesa!, allowedIps: ['196.201.214.200'] }
  const other = await startTry(shop)
  const path = callbackPath(shop, other.checkoutRequestId)
  const elsewhere = () => postCallback(shop, path, callbackOf(shop, other.checkoutRequestId)).expect(200)
  await expectGrowth(1, 'webhooks_total', webhooks('refused'), elsewhere)
  shop.deps.mpesa = mpesa
})

test('events of Stripe count by what became of them', async () => {
  const { intentId } = await startCardTry(shop)
  const webhooks = (outcome: string) => ({ provider: 'stripe', outcome })
  await expectGrowth(1, 'webhooks_total', webhooks('applied'), async () => shop.stripe.pay(intentId))
  const body = writeEvent('payment_intent.created', { id: 'pi_of_somebody_else', object: 'payment_intent' })
  await expectGrowth(1, 'webhooks_total', webhooks('refused'), () => postEvent(shop, body, null).expect(400))
  await expectGrowth(1, 'webhooks_total', webhooks('kept'), () => postEvent(shop, body, signEvent(body)).expect(200))
  await expectGrowth(1, 'webhooks_total', webhooks('duplicate'), () => postEvent(shop, body).expect(200))
})

test('refunds count when they end', async () => {
  const { id } = await startPaid(shop)
  await expectGrowth(1, 'refunds_ended_total', { provider: 'mpesa', outcome: 'succeeded' }, async () => {
    const { body } = await refund(shop, id).expect(202)
    await untilRefund(shop, body.refund.id, 'succeeded')
  })
})

test('what is still to be done about money is told when somebody looks', async () => {
  const { id } = await startPaid(shop)
  const hour = "now() - interval '1 hour'"
  await shop.rows(
    `INSERT INTO refunds (id, payment_id, amount, status, reason, actor_role, created_at)
     VALUES (gen_random_uuid(), $1, 1, 'sent', 'It broke', 'admin', ${hour})`,
    [id],
  )
  await shop.rows('UPDATE payment_reviews SET resolved_at = now() WHERE resolved_at IS NULL')
  await shop.rows(
    `INSERT INTO payment_reviews (id, kind, payment_id, detail, created_at)
     VALUES (gen_random_uuid(), 'silent', $1, 'Nobody knows.', ${hour})`,
    [id],
  )
  watchOpenMoney(shop.deps.database)
  const lines = await readMetrics(shop.url)
  const find = (name: string) => (line: MetricLine) => line.name === name
  const told = (name: string) =>
    lines.filter(find(name)).map(({ labels, value }) => [labels.provider ?? labels.reason, value])
  expect(told('refunds_open')).toEqual([
    ['mpesa', 1],
    ['stripe', 0],
    ['cash_on_delivery', 0],
  ])
  expect(told('payment_reviews_open')).toEqual([['silent', 1]])
  for (const name of ['refund_oldest_open_seconds', 'payment_review_oldest_open_seconds']) {
    expect(lines.find(find(name))?.value).toBeGreaterThanOrEqual(3_600)
  }
  const [last] = await shop.rows<{ at: number }>(
    `SELECT extract(epoch FROM max(completed_at))::float8 AS at FROM payments WHERE provider = 'mpesa'`,
  )
  expect(told('payment_last_completed_timestamp_seconds')).toContainEqual(['mpesa', last?.at])
})
