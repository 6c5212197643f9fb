import { type Collector, captureLog, eventually, startCollector } from '@duka/testkit'
import { currentTrace, inSpan, readTraceparent, resumeTrace, runInContext, type Tracer, tracing } from '../src'
import { createOtlpTracer } from '../src/otlp-tracer'

const outside = readTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')!
const traceparent = '00-5cf92f3577b34da6a3ce929d0e0e4736-11f067aa0ba902b7-01'

let collector: Collector
let tracer: Tracer | undefined
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await tracer?.close()
  tracing.tracer = undefined
  await collector.close()
})

function start(sampler?: string, ratio?: number, endpoint = collector.url) {
  const { log, lines } = captureLog()
  tracer = createOtlpTracer({ service: 'test', version: '1.2.3', endpoint, sampler, ratio, log })
  tracing.tracer = tracer
  return { tracer, lines }
}

test('a span arrives with its service, kind, parent, fields, links and whether it failed', async () => {
  const { tracer } = start()
  const span = tracer.start({ name: 'GET', kind: 'server', parent: outside, fields: { a: 1, none: undefined } })
  span.rename('GET /things/:id')
  span.set({ b: 'x', c: true, none: undefined })
  span.link(readTraceparent(traceparent)!)
  span.end(new TypeError('refused postgres://u:hunter2@db/x'))
  span.end()
  await tracer.close()
  expect(collector.spans).toEqual([
    expect.objectContaining({
      service: 'test',
      name: 'GET /things/:id',
      kind: 2,
      traceId: outside.traceId,
      parentSpanId: outside.spanId,
      spanId: span.trace.spanId,
      fields: { a: 1, b: 'x', c: true, 'error.type': 'TypeError' },
      failed: true,
    }),
  ])
  expect(collector.spans[0]!.links).toMatchObject([{ traceId: readTraceparent(traceparent)!.traceId }])
  expect(collector.bodies.join()).toContain('"service.version"')
  expect(collector.bodies.join()).not.toContain('hunter2')
})

test('work within work has its span under the other, and both know their place', async () => {
  const { tracer } = start()
  const places = await resumeTrace({ name: 'job tell', traceparent, requestId: 'request-1' }, async () => {
    const outer = currentTrace()!
    const inner = await inSpan('part', { count: 2 }, async () => currentTrace()!)
    return { outer, inner }
  })
  await tracer.close()
  const [part, job] = collector.spans
  expect(job).toMatchObject({ name: 'job tell', kind: 5, spanId: places.outer.spanId })
  expect(job!.parentSpanId).toBe(readTraceparent(traceparent)!.spanId)
  expect(part).toMatchObject({ name: 'part', kind: 1, parentSpanId: job!.spanId, fields: { count: 2 } })
  expect(part!.spanId).toBe(places.inner.spanId)
})

test('work that is taken up later in the trace of its cause is linked to what takes it up', async () => {
  const { tracer } = start()
  const fail = async () => {
    throw new Error('broken')
  }
  const run = () => resumeTrace({ name: 'apply', traceparent }, fail)
  const here = '00-6df92f3577b34da6a3ce929d0e0e4736-22f067aa0ba902b7-01'
  await expect(runInContext({ requestId: 'request-1', traceparent: here }, run)).rejects.toThrow('broken')
  await tracer.close()
  expect(collector.spans).toMatchObject([{ traceId: readTraceparent(traceparent)!.traceId, failed: true }])
  expect(collector.spans[0]!.links).toMatchObject([{ traceId: readTraceparent(here)!.traceId }])
})

describe('whether a trace is recorded', () => {
  const isSampled = (parent = outside, isFromOutside = false) =>
    tracer!.start({ name: 'x', kind: 'server', parent, isFromOutside }).trace.isSampled

  test('is what its parent says', () => {
    start('always_off')
    expect(isSampled()).toBe(true)
    start('always_on')
    expect(isSampled({ ...outside, isSampled: false })).toBe(false)
  })

  test('is for the edge to say where the parent is a stranger', () => {
    start('parentbased_always_off')
    expect(isSampled(outside, true)).toBe(false)
    start()
    expect(isSampled({ ...outside, isSampled: false }, true)).toBe(true)
  })

  test('is not chosen by an id that a stranger chose', () => {
    start('traceidratio', 0.5)
    for (const traceId of [`${'0'.repeat(31)}1`, 'f'.repeat(32)]) {
      const chosen = Array.from({ length: 200 }, () => isSampled({ ...outside, traceId }, true))
      expect(new Set(chosen)).toEqual(new Set([true, false]))
    }
  })

  test('nothing is sent of one that is not', async () => {
    const { tracer } = start('always_off')
    await resumeTrace({ name: 'quiet', traceparent: undefined }, () => inSpan('inner', {}, async () => undefined))
    await tracer.close()
    expect(collector.spans).toEqual([])
  })
})

test('without a tracer work runs as it is, in the trace that it was given', async () => {
  const seen = await resumeTrace({ name: 'job', traceparent }, () => inSpan('part', {}, async () => currentTrace()))
  expect(seen).toEqual(readTraceparent(traceparent))
})

test('a collector that is down is complained about once, and nothing else happens', async () => {
  const { tracer, lines } = start(undefined, undefined, 'http://127.0.0.1:1')
  const work = () => resumeTrace({ name: 'work', traceparent: undefined }, async () => 'done')
  expect(await work()).toBe('done')
  await eventually('the complaint', async () => lines.length > 0)
  expect(await work()).toBe('done')
  await tracer.close()
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'warn', event: 'traces_not_exported' }),
  ])
})

test('spans that nobody takes do not pile up without end', async () => {
  // The queue and the batch that is on its way.
  const { tracer } = start()
  for (let count = 0; count < 5_000; count++) tracer.start({ name: 'x', kind: 'internal', parent: outside }).end()
  await tracer.close()
  expect(collector.spans.length).toBeGreaterThan(0)
  expect(collector.spans.length).toBeLessThanOrEqual(2_048 + 512)
})
