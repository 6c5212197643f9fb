import { parseMetrics } from '@duka/testkit'
import express from 'express'
import supertest from 'supertest'
import { exposeMetrics } from '../src/expose-metrics'
import { counter, gauge, histogram, readSeldom, turnMetricsOff } from '../src/metrics'

const app = express().get('/metrics', exposeMetrics('order'))

async function scrape() {
  const { text } = await supertest(app).get('/metrics').expect(200)
  return { text, lines: parseMetrics(text) }
}
const valuesOf = async (name: string) => (await scrape()).lines.filter((line) => line.name === name)

test('counters are told by their labels, with the service', async () => {
  const sold = counter({ name: 'things_sold_total', help: 'Things sold.', labels: ['kind', 'size'] })
  sold.with('shoe', 42).inc()
  sold.with('shoe', 42).inc(2)
  sold.with('hat', 7).inc()
  expect(sold.with('hat', 7)).toBe(sold.with('hat', 7))
  expect(await valuesOf('things_sold_total')).toEqual([
    { name: 'things_sold_total', labels: { kind: 'shoe', size: '42', service: 'order' }, value: 3 },
    { name: 'things_sold_total', labels: { kind: 'hat', size: '7', service: 'order' }, value: 1 },
  ])
  expect((await scrape()).text).toContain('# HELP things_sold_total Things sold.\n# TYPE things_sold_total counter\n')
})

test('a histogram counts a value in its bound and all above', async () => {
  const waits = histogram({ name: 'waits_seconds', help: 'Waits.', labels: ['who'], bounds: [0.1, 1] })
  for (const value of [0.05, 0.1, 0.5, 1, 30]) waits.with('me').observe(value)
  const buckets = (await valuesOf('waits_seconds_bucket')).map(({ labels, value }) => [labels.le, value])
  expect(buckets).toEqual([
    ['0.1', 2],
    ['1', 4],
    ['+Inf', 5],
  ])
  expect(await valuesOf('waits_seconds_count')).toMatchObject([{ value: 5, labels: { who: 'me' } }])
  expect(await valuesOf('waits_seconds_sum')).toMatchObject([{ value: 31.65 }])
})

test('a label that takes any value at all does not make a series of each', async () => {
  const seen = counter({ name: 'seen_total', help: 'Seen.', labels: ['id'] })
  for (let id = 0; id < 5_000; id++) seen.with(id).inc()
  const lines = await valuesOf('seen_total')
  expect(lines).toHaveLength(2_001)
  expect(lines.at(-1)).toMatchObject({ labels: { id: 'other' }, value: 3_000 })
})

test('a gauge that cannot be read is left out, and the rest is told', async () => {
  gauge({ name: 'bad_things', help: 'Bad.', labels: [], read: () => Promise.reject(new Error('no database')) })
  gauge({ name: 'good_things', help: 'Good.', labels: ['kind'], read: async () => [[4, 'shoe']] })
  expect(await valuesOf('bad_things')).toEqual([])
  expect(await valuesOf('good_things')).toMatchObject([{ labels: { kind: 'shoe' }, value: 4 }])
})

test('a label with quotes and line breaks stays one line', async () => {
  const odd = counter({ name: 'odd_total', help: 'Odd.', labels: ['text'] })
  odd.with('a "b"\\\nc').inc()
  expect((await scrape()).text).toContain('odd_total{text="a \\"b\\"\\\\\\nc",service="order"} 1\n')
})

test('what the process itself costs is told, too', async () => {
  const { lines } = await scrape()
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ]) {
    expect(lines).toContainEqual(expect.objectContaining({ name, labels: { service: 'order' } }))
  }
})

describe('reading seldom', () => {
  test('reads once for many who look, and again after five seconds', async () => {
    let time = 0
    let reads = 0
    const read = readSeldom(
      async () => ++reads,
      () => time,
    )
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1])
    time = 4_999
    expect(await read()).toBe(1)
    time = 5_000
    expect(await read()).toBe(2)
  })

  test('keeps also that it failed', async () => {
    let time = 0
    let reads = 0
    const read = readSeldom(
      async () => {
        reads++
        throw new Error('away')
      },
      () => time,
    )
    await expect(read()).rejects.toThrow('away')
    await expect(read()).rejects.toThrow('away')
    expect(reads).toBe(1)
    time = 5_000
    await expect(read()).rejects.toThrow('away')
    expect(reads).toBe(2)
  })

  test('waits for two seconds and never reads beside a reading that hangs', async () => {
    jest.useFakeTimers()
    let reads = 0
    let time = 0
    const read = readSeldom(
      () => {
        reads++
        return new Promise<never>(() => undefined)
      },
      () => time,
    )
    const late = expect(read()).rejects.toThrow('Not read within 2000 ms')
    await jest.advanceTimersByTimeAsync(2_000)
    await late
    time = 60_000
    const again = expect(read()).rejects.toThrow('Not read')
    await jest.advanceTimersByTimeAsync(2_000)
    await again
    expect(reads).toBe(1)
    jest.useRealTimers()
  })
})

// The last one: nothing turns it on again.
test('turned off, nothing is counted any more, nor told', async () => {
  const before = counter({ name: 'before_total', help: 'Before.', labels: ['kind'] })
  const waits = histogram({ name: 'waits_off_seconds', help: 'Waits.', labels: [], bounds: [1] })
  const [child, wait] = [before.with('shoe'), waits.with()]
  child.inc()
  turnMetricsOff()
  child.inc()
  before.with('hat').inc()
  wait.observeSince(0)
  wait.observe(2)
  expect([child.value, before.with('hat').value, wait.sum, wait.counts]).toEqual([1, 0, 0, [0, 0]])
  await supertest(app).get('/metrics').expect(404)
})
