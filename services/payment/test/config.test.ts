import { generateKeyPairSync } from 'node:crypto'
import { ConfigurationError } from '@duka/kit'
import { loadConfig } from '../src/config'
import { mpesaAccount } from '../src/mpesa/account'
import { eastAfricaTime } from '../src/mpesa/daraja'
import { stripeAccount } from '../src/stripe/account'
import { startSimulator } from './fake-safaricom'
import { newOrder, pay, startShop, untilStatus } from './support'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const env = {
  PAYMENT_DATABASE_URL: 'postgres://payment@localhost/payment_db',
  SERVICE_KEY: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  SERVICE_PUBLIC_KEYS: JSON.stringify({
    order: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  }),
}
const mpesa = {
  MPESA_CONSUMER_KEY: 'key',
  MPESA_CONSUMER_SECRET: 'secret',
  MPESA_SHORTCODE: '174379',
  MPESA_PASSKEY: 'passkey',
}

function problemsOf(more: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig({ ...env, ...more })
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

test('a shop without M-Pesa keys has no account', () => {
  expect(mpesaAccount(loadConfig(env))).toBeNull()
  expect(mpesaAccount(loadConfig({ ...env, ...mpesa, MPESA_PASSKEY: '' }))).toBeNull()
})

test('the environment chooses the host, MPESA_BASE_URL overrides it', () => {
  const baseUrlOf = (more: NodeJS.ProcessEnv) => mpesaAccount(loadConfig({ ...env, ...mpesa, ...more }))?.baseUrl
  expect(baseUrlOf({})).toBe('https://sandbox.safaricom.co.ke')
  expect(baseUrlOf({ MPESA_ENVIRONMENT: 'production' })).toBe('https://api.safaricom.co.ke')
  expect(baseUrlOf({ MPESA_BASE_URL: 'http://localhost:6001/' })).toBe('http://localhost:6001')
})

test('callbacks come to MPESA_CALLBACK_URL, or else to the public address', () => {
  const callbackOf = (more: NodeJS.ProcessEnv) =>
    mpesaAccount(loadConfig({ ...env, ...mpesa, ...more }))?.callbackBaseUrl
  expect(callbackOf({})).toBe('http://localhost:5000')
  expect(callbackOf({ PUBLIC_BASE_URL: 'https://duka.example/' })).toBe('https://duka.example')
  expect(callbackOf({ PUBLIC_BASE_URL: 'https://a.example', MPESA_CALLBACK_URL: 'https://b.example' })).toBe(
    'https://b.example',
  )
})

test('an address that Safaricom would refuse is refused at once', () => {
  const words = /must not contain mpesa, safaricom/
  expect(problemsOf({ ...mpesa, MPESA_CALLBACK_URL: 'https://pay.example/M-Pesa' })).toEqual([
    expect.stringMatching(/^MPESA_CALLBACK_URL must not contain/),
  ])
  expect(problemsOf({ ...mpesa, PUBLIC_BASE_URL: 'https://mysql.example' })).toEqual([expect.stringMatching(words)])
  expect(problemsOf({ PUBLIC_BASE_URL: 'https://mysql.example' })).toEqual([])
})

test('the API user that gives money back has a name and a credential, and pays out from the shortcode unless told', () => {
  const initiatorOf = (more: NodeJS.ProcessEnv) => mpesaAccount(loadConfig({ ...env, ...mpesa, ...more }))?.initiator
  const initiator = { MPESA_INITIATOR_NAME: 'api', MPESA_SECURITY_CREDENTIAL: 'c2VjcmV0' }
  expect(initiatorOf({})).toBeNull()
  expect(initiatorOf(initiator)).toEqual({ name: 'api', credential: 'c2VjcmV0', payoutShortcode: '174379' })
  expect(initiatorOf({ ...initiator, MPESA_B2C_SHORTCODE: '600000' })?.payoutShortcode).toBe('600000')
  expect(problemsOf({ MPESA_INITIATOR_NAME: 'api' })).toEqual([expect.stringMatching(/^MPESA_SECURITY_CREDENTIAL is/)])
  expect(problemsOf({ MPESA_SECURITY_CREDENTIAL: 'x' })).toEqual([expect.stringMatching(/^MPESA_INITIATOR_NAME is/)])
})

test('the keys of Stripe are all there and of one mode, or none is', () => {
  const stripe = {
    STRIPE_SECRET_KEY: 'sk_test_1',
    STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1',
  }
  const accountOf = (more: NodeJS.ProcessEnv) => stripeAccount(loadConfig({ ...env, ...more }))
  expect(accountOf({})).toBeNull()
  expect(accountOf(stripe)).toEqual({
    secretKey: 'sk_test_1',
    publishableKey: 'pk_test_1',
    webhookSecret: 'whsec_1',
    baseUrl: null,
  })
  expect(problemsOf({ ...stripe, STRIPE_WEBHOOK_SECRET: '' })).toEqual([
    expect.stringMatching(/^STRIPE_WEBHOOK_SECRET is/),
  ])
  for (const name of Object.keys(stripe)) {
    expect(problemsOf({ ...stripe, [name]: 'hunter2' })).toEqual([expect.stringMatching(`^${name} must be a `)])
  }
  expect(problemsOf({ ...stripe, STRIPE_PUBLISHABLE_KEY: 'pk_live_1' })).toEqual([
    expect.stringMatching(/^STRIPE_PUBLISHABLE_KEY must be of the same mode/),
  ])
})

test("Safaricom's addresses are a list", () => {
  expect(loadConfig(env).MPESA_ALLOWED_IPS).toEqual([])
  expect(loadConfig({ ...env, MPESA_ALLOWED_IPS: '196.201.214.200, ::1' }).MPESA_ALLOWED_IPS).toEqual([
    '196.201.214.200',
    '::1',
  ])
  expect(problemsOf({ MPESA_ALLOWED_IPS: '196.201.214.0/24' })).toEqual([expect.stringMatching(/^MPESA_ALLOWED_IPS/)])
})

test('all that is wrong is told at once', () => {
  const wrong = { MPESA_SHORTCODE: 'abc', MPESA_ENVIRONMENT: 'live', PAYMENT_PORT: '0', MPESA_TILL_NUMBER: '1' }
  const names = problemsOf({ ...wrong, SERVICE_KEY: '' }).map((problem) => problem.split(' ')[0])
  expect(names.sort()).toEqual([...Object.keys(wrong), 'SERVICE_KEY'].sort())
})

test.each([
  ['2021-06-28T06:24:08Z', '20210628092408'],
  ['2021-12-31T21:00:00Z', '20220101000000'],
])('a time stamp of %s is in East Africa Time', (time, stamp) => {
  expect(eastAfricaTime(new Date(time))).toBe(stamp)
})

test('a strict Safaricom, which minds clocks, lengths and references, takes our pushes', async () => {
  const shop = await startShop()
  const strict = await startSimulator(true)
  shop.useSafaricom(strict.url)
  const { body } = await pay(shop, newOrder(shop)).expect(201)
  strict.control.pay(body.checkoutRequestId)
  await untilStatus(shop, body.payment.id, 'completed')
  await strict.stop()
  await shop.stop()
})
