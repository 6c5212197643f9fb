import { metricsInCode, metricsInDocs } from './metrics-support'
import { allExpressions, readExpression } from './observability-support'

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

test('docs/metrics.md has every metric with its labels, and no other', () => {
  expect(metricsInCode().length).toBeGreaterThan(30)
  expect(metricsInDocs().sort(byName)).toEqual(metricsInCode().sort(byName))
})

test.each(metricsInCode())('$name is named as Prometheus wants it', ({ name, type, labels }) => {
  for (const each of [name, ...labels]) expect(each).toMatch(/^[a-z][a-z0-9_]*$/)
  if (type === 'counter') expect(name).toMatch(/_total$/)
  if (type === 'histogram') expect(name).toMatch(/_(seconds|size)$/)
  expect(name).not.toMatch(/_(bucket|sum|count|ms|milliseconds|minutes)$/)
  // What Prometheus or the process itself says already.
  for (const label of labels) expect(['le', 'job', 'instance', 'service']).not.toContain(label)
})

/** Prometheus' own, and those of Node's process that every service has. */
const others = /^(up|ALERTS|process_\w+|nodejs_\w+)$/

test.each(allExpressions())('%s asks for metrics and labels that there are', (_who, expression) => {
  const known = new Map(metricsInCode().map((kind) => [kind.name, kind]))
  for (const { metric, labels } of readExpression(expression).used) {
    if (others.test(metric)) continue
    const kind = known.get(metric) ?? known.get(metric.replace(/_(bucket|sum|count)$/, ''))
    expect([metric, kind?.name]).toEqual([metric, kind?.name ?? 'of docs/metrics.md'])
    const allowed = [...(kind?.labels ?? []), 'service', 'job', 'instance', 'le']
    for (const label of labels) expect(allowed).toContain(label)
  }
})
