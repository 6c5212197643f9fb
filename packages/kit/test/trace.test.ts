import { newTrace, readTraceparent, writeTraceparent } from '../src'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

test('a traceparent is read as it is written', () => {
  const sampled = `00-${traceId}-${spanId}-01`
  expect(readTraceparent(sampled)).toEqual({ traceId, spanId, isSampled: true })
  expect(readTraceparent(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, isSampled: false })
  expect(writeTraceparent(readTraceparent(sampled)!)).toBe(sampled)
})

test('of the flags only the one is read that is known', () => {
  expect(readTraceparent(`00-${traceId}-${spanId}-ff`)?.isSampled).toBe(true)
  expect(readTraceparent(`00-${traceId}-${spanId}-fe`)?.isSampled).toBe(false)
})

test('a later version is read as far as it is known', () => {
  const read = { traceId, spanId, isSampled: true }
  expect(readTraceparent(`01-${traceId}-${spanId}-01`)).toEqual(read)
  expect(readTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-brings`)).toEqual(read)
})

test.each([
  undefined,
  null,
  ['a list'],
  '',
  'nonsense',
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-1`,
  `00-${traceId}-${spanId}-01-more`,
  `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId.slice(1)}-${spanId}-01`,
  `ff-${traceId}-${spanId}-01`,
  `01-${traceId}-${spanId}-01more`,
  ` 00-${traceId}-${spanId}-01`,
  `01-${traceId}-${spanId}-01-${'x'.repeat(500)}`,
])('%s makes no sense', (header) => {
  expect(readTraceparent(header)).toBeUndefined()
})

test('new ids are never the same, and not recorded before a tracer says so', () => {
  const traces = Array.from({ length: 2_000 }, () => newTrace())
  expect(new Set(traces.flatMap((each) => [each.traceId, each.spanId])).size).toBe(4_000)
  for (const each of traces) expect(readTraceparent(writeTraceparent(each))).toEqual({ ...each, isSampled: false })
  expect(newTrace(traceId).traceId).toBe(traceId)
})
