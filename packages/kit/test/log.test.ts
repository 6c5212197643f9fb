import { captureLog } from '@duka/testkit'
import { errorFields, maskPhone, runInContext } from '../src'

function write(fields: object, event = 'something') {
  const { log, lines } = captureLog()
  log.info(event, fields)
  return { text: lines[0]!, line: JSON.parse(lines[0]!) as Record<string, unknown> }
}

test('a line is JSON with a time, a level, an event, the service and the request id', () => {
  const { line } = runInContext({ requestId: 'request-1' }, () => write({ orderId: 'o-1', count: 3 }))
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: 'info',
    event: 'something',
    service: 'test',
    orderId: 'o-1',
    count: 3,
    requestId: 'request-1',
  })
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
