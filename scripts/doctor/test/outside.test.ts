import { breaksRules, callbackCheck } from '../check-callback'
import { mpesaCheck } from '../check-mpesa'
import { servicesCheck } from '../check-services'
import { stripeCheck } from '../check-stripe'
import { closeServers, installationOf, nowhere, serve } from './support'

afterEach(closeServers)

const minute = 60_000
const mpesaKeys = {
  MPESA_CONSUMER_KEY: 'hidden-key',
  MPESA_CONSUMER_SECRET: 'hidden-secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'hidden-passkey',
  MPESA_INITIATOR_NAME: 'api',
  MPESA_SECURITY_CREDENTIAL: Buffer.alloc(256, 'x').toString('base64'),
}
const token = { '/oauth/v1/generate': { body: { access_token: 'hidden-token' } } }

async function lookAtMpesa(given: Record<string, string>) {
  const found = await mpesaCheck.run(installationOf({ ...mpesaKeys, ...given }))
  expect(JSON.stringify(found)).not.toContain('hidden')
  return found
}

test('M-Pesa credentials that are taken are right', async () => {
  const found = await lookAtMpesa({ MPESA_BASE_URL: await serve(token) })
  expect(found.map(({ level }) => level)).toEqual(['ok', 'ok'])
})

test.each([
  [{ status: 400, body: { errorCode: '400.008.01' } }, /refuses the credentials \(400\)/],
  [{ status: 200, body: 'a page' }, /refuses the credentials \(200\)/],
])('M-Pesa credentials that are answered by %j are wrong', async (answer, says) => {
  const found = await lookAtMpesa({ MPESA_BASE_URL: await serve({ '/oauth/v1/generate': answer }) })
  expect(found[0]).toMatchObject({ level: 'wrong', says: expect.stringMatching(says) })
})

test('a provider that does not answer, or whose clock is another, is told', async () => {
  expect(await lookAtMpesa({ MPESA_BASE_URL: nowhere })).toMatchObject([
    { says: expect.stringMatching(/ECONNREFUSED/) },
  ])
  const date = new Date(Date.now() + 10 * minute)
  const base = await serve({ '/oauth/v1/generate': { ...token['/oauth/v1/generate'], date } })
  expect(await lookAtMpesa({ MPESA_BASE_URL: base })).toContainEqual(
    expect.objectContaining({ level: 'warning', what: "Safaricom's clock" }),
  )
})

test('M-Pesa without a passkey, a way to give back or real mode is told', async () => {
  const MPESA_BASE_URL = await serve(token)
  expect(await lookAtMpesa({ MPESA_PASSKEY: '' })).toMatchObject([
    { level: 'wrong', says: expect.stringMatching(/MPESA_PASSKEY/) },
  ])
  const short = await lookAtMpesa({ MPESA_BASE_URL, MPESA_SECURITY_CREDENTIAL: 'eHg=' })
  expect(short).toContainEqual(expect.objectContaining({ level: 'wrong', what: 'M-Pesa refunds' }))
  const byHand = await lookAtMpesa({ MPESA_BASE_URL, MPESA_INITIATOR_NAME: '', MPESA_SECURITY_CREDENTIAL: '' })
  expect(byHand).toContainEqual(expect.objectContaining({ level: 'warning', what: 'M-Pesa refunds' }))
  const live = await mpesaCheck.run(installationOf({ ...mpesaKeys, MPESA_BASE_URL }, { nodeEnv: 'production' }))
  expect(live).toContainEqual(
    expect.objectContaining({ level: 'warning', says: expect.stringMatching(/MPESA_ENVIRONMENT/) }),
  )
})

const stripeKeys = {
  STRIPE_SECRET_KEY: 'sk_test_hidden',
  STRIPE_PUBLISHABLE_KEY: 'pk_test_hidden',
  STRIPE_WEBHOOK_SECRET: 'whsec_hidden_and_long_enough',
}

test.each([
  [200, {}, ['ok', 'ok']],
  [401, {}, ['wrong', 'ok']],
  [403, {}, ['wrong', 'ok']],
  [200, { STRIPE_WEBHOOK_SECRET: 'we_hidden' }, ['wrong', 'ok', 'ok']],
])('Stripe answering %i with %j', async (status, given, levels) => {
  const STRIPE_API_BASE_URL = await serve({ '/v1/events': { status } })
  const found = await stripeCheck.run(installationOf({ ...stripeKeys, STRIPE_API_BASE_URL, ...given }))
  expect(found.map(({ level }) => level)).toEqual(levels)
  expect(JSON.stringify(found)).not.toContain('hidden')
})

test('test keys in production, and a Stripe that does not answer, are told', async () => {
  const installation = installationOf({ ...stripeKeys, STRIPE_API_BASE_URL: nowhere }, { nodeEnv: 'production' })
  expect((await stripeCheck.run(installation)).map(({ level }) => level)).toEqual(['warning', 'wrong'])
})

test.each([
  ['https://shop.example.co.ke', []],
  ['http://shop.example.co.ke', [/not https/]],
  ['https://mpesa.example.co.ke', [/contains "mpesa"/]],
  ['https://shop.co.ke/cmd', [/contains "cmd"/]],
  ['https://shop.co.ke:8443', [/port 8443/]],
  ['https://localhost', [/not reachable/]],
  ['https://192.168.1.20', [/not reachable/]],
  ['https://gateway', [/not reachable/]],
  ['https://0.0.0.0', [/not reachable/]],
  ['https://100.64.0.1', [/not reachable/]],
  ['https://172.20.0.1', [/not reachable/]],
  ['https://[::ffff:10.0.0.1]', [/not reachable/]],
  ['https://[fd00::1]', [/not reachable/]],
  ['https://[2a00:1450:4009::1]', []],
  ['https://8.8.8.8', []],
  ['https://f00d.ngrok-free.app', [/is a tunnel/]],
  ['http://localhost:5000', [/not https/, /port 5000/, /not reachable/]],
])('a callback address %s', (address, says) => {
  expect(breaksRules(new URL(address)).map((each) => each.says)).toEqual(
    says.map((each) => expect.stringMatching(each)),
  )
})

test('a callback address leads to the gateway, to something else or nowhere', async () => {
  const at = async (base: string) => (await callbackCheck.run(installationOf({ MPESA_CALLBACK_URL: base })))[0]
  expect(await at(await serve({ '/health': { body: { status: 'ok' } } }))).toMatchObject({ level: 'ok' })
  expect(await at(await serve({ '/health': { body: 'Welcome' } }))).toMatchObject({
    level: 'wrong',
    says: expect.stringMatching(/not as the gateway/),
  })
  expect(await at(nowhere)).toMatchObject({ level: 'wrong', says: expect.stringMatching(/ECONNREFUSED/) })
})

test('each instance of a service lives, is ready, or is not', async () => {
  const well = await serve({ '/health': {}, '/ready': {} })
  const busy = await serve({ '/health': {}, '/ready': { status: 503 } })
  const sick = await serve({ '/health': { status: 500 } })
  const found = await servicesCheck.run(installationOf({ ORDER_SERVICE_URL: [well, busy, sick, nowhere].join(',') }))
  const orders = found.filter(({ what }) => what.startsWith('order at'))
  expect(orders.map(({ level }) => level)).toEqual(['ok', 'wrong', 'wrong', 'wrong'])
})

test.each([
  [60, 'ahead of'],
  [-60, 'behind'],
])('a service whose clock is %i minutes off is told, though it is ready', async (minutes, way) => {
  const date = new Date(Date.now() + minutes * minute)
  const url = await serve({ '/health': { date }, '/ready': { date } })
  const found = await servicesCheck.run(installationOf({ ORDER_SERVICE_URL: url }))
  const told = { level: 'wrong', what: `clock of order at ${new URL(url).host}`, says: expect.stringContaining(way) }
  expect(found).toContainEqual(expect.objectContaining(told))
})

test('a shop that does not run is one line', async () => {
  expect(await servicesCheck.run(installationOf({}, { isStopped: true }))).toMatchObject([
    { level: 'warning', what: 'shop' },
  ])
})
