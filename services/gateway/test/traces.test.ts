import { captureLog, eventually } from '@duka/testkit'
import { ask, startGateway, type TestGateway } from './support'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const sampled = `00-${traceId}-${spanId}-01`

let gateway: TestGateway
const { log, lines } = captureLog('http')
beforeAll(async () => {
  gateway = await startGateway({ log })
})
afterAll(() => gateway.stop())

async function seen(headers: Record<string, string>) {
  await ask(gateway, '/api/cart', { headers })
  return gateway.services.cart.seen.at(-1)!.headers
}

test("a client's trace is gone on with, but whether it is recorded is not for the client to say", async () => {
  const { traceparent, tracestate, baggage } = await seen({
    Traceparent: sampled,
    Tracestate: 'vendor=1',
    Baggage: 'user=admin',
  })
  expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
  expect(traceparent).not.toContain(spanId)
  expect([tracestate, baggage]).toEqual([undefined, undefined])
})

test.each([
  {},
  { Traceparent: sampled.toUpperCase() },
  { Traceparent: 'nonsense' },
  { Traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
])('a request with %j begins a trace of its own', async (headers) => {
  const { traceparent } = await seen(headers as Record<string, string>)
  expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  expect(traceparent).not.toContain(traceId)
})

test('nobody takes the trace away by naming it as meant for the connection', async () => {
  const { traceparent } = await seen({ Traceparent: sampled, Connection: 'keep-alive, Traceparent' })
  expect(traceparent).toContain(traceId)
})

test('its lines and problem documents name the trace', async () => {
  lines.length = 0
  const answer = await ask(gateway, '/api/nothing', { headers: { Traceparent: sampled } })
  expect(answer.json()).toMatchObject({ code: 'not_found', traceId })
  await eventually('the line', async () => lines.length > 0)
  expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ event: 'request', traceId })])
})
