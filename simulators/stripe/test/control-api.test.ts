import { request } from 'node:http'
import { readConfig } from '../src/config'
import { order, readAnswer, startSimulator } from './support'

let sim: Awaited<ReturnType<typeof startSimulator>>
beforeEach(async () => {
  sim = await startSimulator()
})

const get = async (path: string) => readAnswer(await fetch(`${sim.origin}/control${path}`))
const post = async (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  readAnswer(
    await fetch(`${sim.origin}/control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  )
const create = async () => (await sim.stripe.paymentIntents.create(order)).id

test('payments are listed without their secrets, and take steps', async () => {
  const id = await create()
  const { body } = await get('/payments?limit=5')
  expect(body.payments).toMatchObject([{ id, text: 'KES 1,234.50', status: 'requires_payment_method', refunds: [] }])
  expect(JSON.stringify(body)).not.toContain('_secret_')
  expect((await post(`/payments/${id}/pm_card_visa_chargeDeclined`)).body.status).toBe('requires_payment_method')
  expect((await post(`/payments/${id}/pm_card_authenticationRequired`)).body.status).toBe('requires_action')
  expect((await post(`/payments/${id}/authenticate`)).body.status).toBe('succeeded')
  expect(await post(`/payments/${id}/pm_card_visa`)).toMatchObject({ status: 409 })
  expect((await post(`/payments/${id}/jump`)).status).toBe(404)
  expect((await post('/payments/pi_none/pm_card_visa')).body).toEqual({ error: 'No such id.' })
  expect((await get(`/payments/${id}`)).body).toMatchObject({ amount_received: 123_450, refundable: 123_450 })
  expect((await get('/payments/pi_none')).status).toBe(404)
})

test('refunds and disputes take steps too', async () => {
  sim.control.changeSwitches({ refunds: { answer: 'pending' } })
  const id = await create()
  sim.control.pay(id)
  await sim.stripe.refunds.create({ payment_intent: id, amount: 3450 })
  const [refund] = sim.control.payment(id).refunds
  const arrived = await post(`/refunds/${refund?.id}/succeed`)
  expect(arrived.body).toMatchObject({
    refunds: [{ status: 'succeeded' }],
    refundedText: 'KES 34.50',
    refundable: 120_000,
  })
  const { disputes } = (await post(`/payments/${id}/dispute`)).body as { disputes: { id: string; amount: number }[] }
  expect(disputes).toMatchObject([{ amount: 120_000 }])
  expect((await post(`/disputes/${disputes[0]?.id}/win`)).body).toMatchObject({ disputes: [{ status: 'won' }] })
  expect((await post(`/payments/${id}/refund`, { amount: 20_000 })).body).toMatchObject({ refundable: 100_000 })
  expect((await post(`/payments/${id}/refund`, { amount: 0 })).status).toBe(400)
  expect((await post(`/payments/${id}/refund`)).body).toMatchObject({ refundable: 0 })
})

test('cancel and decline by hand', async () => {
  const id = await create()
  sim.control.decline(id)
  expect((await post(`/payments/${id}/cancel`)).body).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'automatic',
  })
  const held = await sim.stripe.paymentIntents.create({
    ...order,
    capture_method: 'manual',
    confirm: true,
    payment_method: 'pm_card_visa',
  })
  expect((await post(`/payments/${held.id}/refund`)).status).toBe(409)
})

test('scripts, faults, counters, cards, events, ledger and reset', async () => {
  expect((await post('/scripts', { steps: ['pm_card_visa'] })).body).toEqual({ steps: ['pm_card_visa'], times: 1 })
  expect((await post('/scripts', { steps: ['sometimes'] })).status).toBe(400)
  expect((await post('/faults', { lost: { rate: 0.5 } })).body).toMatchObject({ lost: { rate: 0.5 } })
  expect(await post('/faults', { lost: { rate: 5 } })).toMatchObject({
    status: 400,
    body: { error: 'lost.rate: Too big: expected number to be <=1' },
  })
  await create()
  sim.clock.advance(1000)
  expect((await get('/counters')).body).toMatchObject({ 'event.payment_intent.succeeded': 1 })
  expect((await get('/cards')).body.cards).toContainEqual({
    id: 'pm_card_visa_chargeDeclined',
    ids: ['pm_card_visa_chargeDeclined', 'pm_card_chargeDeclined'],
    number: '4000000000000002',
    does: 'is declined (generic_decline)',
  })
  expect((await get('/faults')).body).toMatchObject({ seed: 1, lost: { rate: 0.5 } })
  const { events } = (await get('/events?limit=1')).body as { events: { id: string; type: string }[] }
  expect(events).toMatchObject([{ type: 'payment_intent.succeeded' }])
  expect((await post(`/events/${events[0]?.id}/redeliver`)).status).toBe(200)
  expect((await post('/events/evt_none/redeliver')).status).toBe(404)
  const ledger = (await get('/ledger?limit=1')).body
  expect(ledger).toMatchObject({ totals: { kes: { net: 123_450 } }, entries: [{ kind: 'charge' }], next: null })
  expect((await get('/ledger?after=ch_none')).status).toBe(404)
  await post('/reset')
  expect((await get('/payments')).body.payments).toEqual([])
  expect((await get('/ledger')).body.totals).toEqual({})
  expect((await get('/nothing')).status).toBe(404)
})

test.each([
  { lsot: { rate: 1 } },
  { lost: { rate: 2 } },
  { lost: { often: 1 } },
  { lost: 1 },
  { staleTime: { seconds: 5 } },
])('the switches %j are refused and nothing changes', async (patch) => {
  const before = sim.control.switches()
  expect((await post('/faults', patch)).status).toBe(400)
  expect(sim.control.switches()).toEqual(before)
})

const elsewhere: [string, Record<string, string>][] = [
  ['says that it is another site', { 'sec-fetch-site': 'cross-site' }],
  ['says that it is another name of this site', { 'sec-fetch-site': 'same-site' }],
  ['has another origin', { origin: 'https://evil.example' }],
  ['has no origin', { origin: 'null' }],
]
test.each(elsewhere)('a page that %s can touch nothing', async (_why, headers) => {
  const id = await create()
  expect((await post(`/payments/${id}/pm_card_visa`, {}, headers)).status).toBe(403)
  expect((await fetch(`${sim.origin}/control/payments`, { headers })).status).toBe(403)
  expect(sim.control.payment(id).status).toBe('requires_payment_method')
})

test('a form of another site cannot send JSON, and its own name for this machine is refused', async () => {
  const id = await create()
  const form = await fetch(`${sim.origin}/control/payments/${id}/pm_card_visa`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '{}',
  })
  expect(form.status).toBe(415)
  for (const path of ['/control/payments', '/cards']) {
    expect(await statusWithHost(path, 'rebound.evil.example')).toBe(403)
    expect(await statusWithHost(path, 'stripe:6002')).toBe(200)
  }
})

// fetch does not let the Host header be chosen.
const statusWithHost = (path: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(sim.origin + path, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

test('the page brings all its own files, allows nothing else, and may be linked to by the shop', async () => {
  const page = await fetch(`${sim.origin}/cards/`, { headers: { 'sec-fetch-site': 'cross-site' } })
  const html = await page.text()
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'.*frame-ancestors 'none'/,
  )
  expect(html).not.toMatch(/https?:|style=|onclick|<script>/)
  const files = [...html.matchAll(/(?:href|src)="([^"]+\.\w+)"/g)].map(([, path]) => path)
  expect(files).toHaveLength(3)
  for (const path of files) expect((await fetch(sim.origin + path)).status).toBe(200)
})

test('the settings: defaults, empty ones, several secrets, and every problem in one line', () => {
  const given = {
    STRIPE_SIMULATOR_SECRET_KEY: 'sk_test_1',
    STRIPE_SIMULATOR_PUBLISHABLE_KEY: 'pk_test_1',
    STRIPE_SIMULATOR_WEBHOOK_SECRET: 'whsec_1, whsec_2',
    STRIPE_SIMULATOR_WEBHOOK_URL: 'http://127.0.0.1:5000/api/webhook/stripe',
  }
  expect(readConfig({ ...given, STRIPE_SIMULATOR_JOURNAL: '', STRIPE_SIMULATOR_AUTO_DELAY_MS: '0' })).toEqual({
    port: 6002,
    host: '127.0.0.1',
    simulator: {
      secretKey: 'sk_test_1',
      publishableKey: 'pk_test_1',
      webhookSecrets: ['whsec_1', 'whsec_2'],
      webhookUrl: 'http://127.0.0.1:5000/api/webhook/stripe',
      switches: { seed: 1, auto: { answer: 'person', delayMs: 0 } },
    },
  })
  expect(() => readConfig({})).toThrow(
    /^The Stripe simulator's settings need attention: STRIPE_SIMULATOR_SECRET_KEY is missing; [^\n]*_WEBHOOK_URL is missing\.$/,
  )
  for (const wrong of [
    { STRIPE_SIMULATOR_SECRET_KEY: 'sk_live_1' },
    { STRIPE_SIMULATOR_WEBHOOK_SECRET: 'secret' },
    { STRIPE_SIMULATOR_WEBHOOK_URL: 'http://shop.example/hook' },
    { STRIPE_SIMULATOR_PORT: 'http' },
  ]) {
    expect(() => readConfig({ ...given, ...wrong })).toThrow(`attention: ${Object.keys(wrong)[0]} `)
  }
})
