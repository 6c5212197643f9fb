import { createServer, type Server } from 'node:http'
import { captureLog, closeAll, eventually, listenOnFreePort } from '@duka/testkit'
import { observe } from '../src/observe'
import { type ErrorReporter, reporting } from '../src/report-errors'
import { createSentryReporter } from '../src/sentry-reporter'

interface SentryEvent {
  release: string
  environment: string
  tags: Record<string, string>
  contexts: { trace?: { trace_id: string } }
  exception: { values: { type: string; value: string; stacktrace: { frames: { filename: string }[] } }[] }
}

let server: Server
let dsn: string
let envelopes: string[]
let status: number
let reporter: ErrorReporter | undefined
beforeEach(async () => {
  envelopes = []
  status = 200
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    envelopes.push(`${request.url}\n${body}`)
    response.writeHead(status).end('{}')
  })
  dsn = `${(await listenOnFreePort(server)).replace('http://', 'http://public@')}/42`
})
afterEach(async () => {
  await reporter?.close()
  await closeAll(server)
})

function start(at = dsn): ErrorReporter {
  reporter = createSentryReporter({
    service: 'order',
    version: '1.2.3',
    dsn: at,
    environment: 'staging',
    log: captureLog().log,
  })
  return reporter
}

/** An envelope is lines of JSON: a header, and a header and a body for each item. */
function events(): SentryEvent[] {
  return envelopes.map((each) => JSON.parse(each.split('\n')[3]!) as SentryEvent)
}

test('an error arrives with its stack, release, service and ids, and with nothing else about the request', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  start().report(new TypeError('x is not a function'), { requestId: 'r-1', traceId, route: '/orders/:id' })
  await reporter!.close()
  expect(envelopes[0]).toMatch(/^\/api\/42\/envelope\//)
  const [event] = events()
  expect(event).toMatchObject({
    release: 'duka@1.2.3',
    environment: 'staging',
    tags: { service: 'order', requestId: 'r-1', traceId, route: '/orders/:id' },
    contexts: { trace: { trace_id: traceId } },
    exception: { values: [{ type: 'TypeError', value: 'x is not a function' }] },
  })
  const [thrown] = event!.exception.values
  expect(thrown!.stacktrace.frames.map(({ filename }) => filename).join()).toContain('sentry-reporter.test')
  expect(event).not.toHaveProperty('request')
  expect(event).not.toHaveProperty('user')
  expect(event).not.toHaveProperty('breadcrumbs')
})

test('no secret and no phone number is sent, wherever it hides', async () => {
  const cause = new Error('postgres://order:hunter2@db/order_db')
  const failed = Object.assign(new Error('Bearer hunter2.hunter2.hunter2 for 254712345678', { cause }), {
    config: { headers: { Authorization: 'hunter2' }, data: '{"pin":"hunter2"}' },
  })
  start().report(failed, { requestId: `/api/webhook/m/${'ab12'.repeat(16)}` })
  reporter!.report({ password: 'hunter2', phoneNumber: '254712345678' }, {})
  reporter!.report('token=hunter2hunter2', {})
  await reporter!.close()
  expect(envelopes).toHaveLength(3)
  expect(envelopes.join()).not.toMatch(/hunter2|12345678|ab12ab12/)
})

test('one cause that fails everything is told of some thirty times a minute at most', async () => {
  start()
  for (let count = 0; count < 200; count++) reporter!.report(new Error('down'), {})
  await reporter!.close()
  expect(envelopes.length).toBeGreaterThan(5)
  expect(envelopes.length).toBeLessThanOrEqual(30)
})

test.each([
  ['refuses', 500],
  ['has no quota left', 429],
])('nothing happens where Sentry %s', async (_what, answer) => {
  status = answer
  start().report(new Error('broken'), {})
  await eventually('the event', async () => envelopes.length > 0)
  await expect(reporter!.close()).resolves.toBeUndefined()
})

test('nothing happens where Sentry is not there', async () => {
  start('http://public@127.0.0.1:1/42').report(new Error('broken'), {})
  await expect(reporter!.close()).resolves.toBeUndefined()
})

test('errors are told to the one that SENTRY_DSN names, and to nobody without it', async () => {
  const { log } = captureLog()
  const stop = await observe('order', log, { SENTRY_DSN: dsn })
  reporting.reporter?.report(new Error('broken'), {})
  await stop()
  expect(events()).toMatchObject([{ environment: 'production', tags: { service: 'order' } }])
  const stopNothing = await observe('order', log, { SENTRY_DSN: '', OTEL_EXPORTER_OTLP_ENDPOINT: '' })
  expect(reporting.reporter).toBeUndefined()
  await stopNothing()
})
