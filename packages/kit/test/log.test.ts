import { captureLog } from '@duka/testkit'
import axios from 'axios'
import { errorFields, maskPhone, runInContext } from '../src'
import { redactText } from '../src/redact'

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function write(fields: object, event = 'something') {
  const { log, lines } = captureLog()
  log.info(event, fields)
  return { text: lines[0]!, line: JSON.parse(lines[0]!) as Record<string, unknown> }
}

test('a line is JSON with a time, a level, an event, the service and the ids of request and trace', () => {
  const { line } = runInContext({ requestId: 'request-1', traceparent }, () => write({ orderId: 'o-1', count: 3 }))
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: 'info',
    event: 'something',
    service: 'test',
    orderId: 'o-1',
    count: 3,
    requestId: 'request-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  })
})

test('all lines of one piece of work have one trace id, also where it came with none or a bad one', () => {
  const idsWith = (given?: string) =>
    runInContext({ requestId: 'request-1', traceparent: given }, () => [write({}), write({})]).map(
      ({ line }) => line.traceId,
    )
  for (const [first, second] of [idsWith(), idsWith('nonsense')]) {
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(second).toBe(first)
  }
  expect(idsWith()).not.toEqual(idsWith())
})

test('text cannot break out of its line', () => {
  const { log, lines } = captureLog()
  log.info('evil', { detail: 'a\n{"level":"info"}\u2028b' })
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('\n')
})

test.each([
  'password',
  'newPassword',
  'token',
  'accessToken',
  'refresh_token',
  'Authorization',
  'cookie',
  'consumerSecret',
  'MPESA_PASSKEY',
  'SecurityCredential',
  'pin',
  'apiKey',
  'cardNumber',
  'cvc',
  'SERVICE_KEY',
  'JWT_PRIVATE_KEY',
  'MPESA_CONSUMER_KEY',
  'stripe-signature',
  'set-cookie',
  'SENTRY_DSN',
])('%s is never written, at any depth', (name) => {
  const hidden = 'hunter2'
  const nested = { a: { b: [{ c: { [name]: hidden } }] } }
  const { text } = write({ [name]: hidden, list: [{ [name]: { inner: hidden } }], nested })
  expect(text).not.toContain(hidden)
  expect(text).toContain('[redacted]')
})

test('what lies deeper than it is looked through is left out', () => {
  let deep: object = { password: 'hunter2', phoneNumber: '254712345678' }
  for (let level = 0; level < 12; level++) deep = { deep }
  const { text } = write({ deep })
  expect(text).not.toMatch(/hunter2|254712345678/)
})

test('a circle does not hang it', () => {
  const circle: Record<string, unknown> = { name: 'x' }
  circle.self = circle
  expect(write({ circle }).text).toContain('[deep]')
})

test('phone numbers are masked as text, as numbers and in lists', () => {
  const { text, line } = write({
    phoneNumber: '254712345678',
    PhoneNumber: 254_712_345_678,
    msisdn: ['254712345678', 254_712_345_678],
    PartyA: { number: '254712345678' },
    nested: { customerPhone: '0712345678' },
  })
  expect(text).not.toMatch(/12345678/)
  expect(line).toMatchObject({
    phoneNumber: '2547****678',
    PhoneNumber: '2547****678',
    nested: { customerPhone: '0712****678' },
  })
  expect(maskPhone('123')).toBe('****')
})

test('a failed call is written without the request that it carries', async () => {
  const error = await axios
    .post(
      'http://127.0.0.1:1/pay',
      { password: 'hunter2', phone: '254712345678' },
      { headers: { 'X-Mine': 'hunter2' } },
    )
    .catch((each: unknown) => each)
  const { text, line } = write({ error, nested: { errors: [error] } })
  expect(text).not.toMatch(/hunter2|12345678/)
  expect(line.error).toMatchObject({ code: 'ECONNREFUSED', stack: expect.any(String) })
})

test.each([
  ['connect to postgres://order:hunter2@db:5432/order_db failed', 'postgres://[redacted]@db:5432/order_db'],
  ['redis://:hunter2@cache:6379', 'redis://[redacted]@cache'],
  ['postgres://user:p@hunter2@db/x', 'postgres://[redacted]@db/x'],
  ['sent Authorization: Bearer hunter2.hunter2.hunter2', 'Bearer [redacted]'],
  ['Basic aHVudGVyMmh1bnRlcjI=', 'Basic [redacted]'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2sig is bad', 'jwt [redacted] is bad'],
  [`POST /api/webhook/m/${'ab12'.repeat(16)} failed`, '/api/webhook/m/[redacted] failed'],
  ['unexpected {"password":"hunter2","name":"Amina"}', '{"password":"[redacted]","name":"Amina"}'],
  ['unexpected {"CardCvc": 12345, "a": 1}', '{"CardCvc": "[redacted]", "a": 1}'],
  ['SERVICE_KEY=hunter2hunter2 SERVICE_PORT=1', 'SERVICE_KEY=[redacted] SERVICE_PORT=1'],
  ['GET /reset?token=hunter2&page=2', '/reset?token=[redacted]&page=2'],
  ['no such key sk_test_hunter2hunter2', 'no such key [redacted]'],
  ['pi_3abc_secret_hunter2', '[redacted]'],
  ['whose phone 254712345678 is off', 'whose phone 2547****678 is off'],
  ['call +254712345678, or 0112345678.', 'call +254****678, or 0112****678.'],
  ['card 4242 4242 4242 4242 was declined', 'card [redacted] was declined'],
  ['card 4242424242424242', 'card [redacted]'],
  ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----', '[redacted]'],
])('in a text like "%s" what is secret is left out', (given, left) => {
  expect(redactText(given)).toContain(left)
  const { text } = write({ detail: given, list: [given], ...errorFields(new Error(given)) })
  expect(text).not.toMatch(/hunter2|12345678|4242 ?4242|ab12ab12/)
})

test.each([
  '0190f3a4-1234-7567-8901-234567890123',
  'ORD-2026-000123 of 1700000000000',
  '2026-11-23T02:36:58.123Z',
  '1234567890123456',
  'http://order:3003/api/orders?page=2&limit=20',
  'SELECT * FROM orders WHERE id = $1',
])('%s is left as it is', (text) => {
  expect(redactText(text)).toBe(text)
})

test.each([
  'a-'.repeat(20_000),
  'a'.repeat(40_000),
  'eyJaaaaa-'.repeat(5_000),
  '1'.repeat(40_000),
  'x://'.repeat(10_000),
  '"password":"'.repeat(4_000),
  '-----BEGIN PRIVATE KEY-----'.repeat(2_000),
])('a text that is made to be slow is cut', (text) => {
  expect(redactText(text).length).toBeLessThan(20_000)
})

test('what JSON has no word for is written all the same', () => {
  const { line } = write({
    big: 5n,
    bytes: Buffer.from('hunter2'),
    map: new Map([['token', 'x']]),
    never: new Date(Number.NaN),
  })
  expect(line).toMatchObject({ big: '5', bytes: '[bytes]', map: { token: '[redacted]' }, never: 'Invalid Date' })
})

test('times stay times', () => {
  expect(write({ at: new Date(0) }).line.at).toBe('1970-01-01T00:00:00.000Z')
})

test('an error is its message and stack, whatever was thrown', () => {
  expect(errorFields(new Error('broken'))).toEqual({ error: 'broken', stack: expect.stringContaining('log.test') })
  expect(errorFields('text')).toEqual({ error: 'text' })
  expect(errorFields(undefined)).toEqual({ error: 'undefined' })
})

test('lines below the level are not written', () => {
  const { log, lines } = captureLog('warn')
  log.info('quiet')
  log.warn('loud')
  expect(lines).toHaveLength(1)
})
