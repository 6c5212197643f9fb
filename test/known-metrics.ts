import { collectDefaultMetrics, Registry } from 'prom-client'
import { read } from './compose-support'

/** A row of docs/metrics.md, which agrees with the code by a test of its own. */
const row = /^\| `([a-z][a-z0-9_]+)` \| (counter|gauge|histogram) \| ([^|]*)\|/gm

/** What Prometheus makes itself. */
const ofPrometheus: [string, string[]][] = [
  ['up', []],
  ['ALERTS', ['alertname', 'alertstate', 'severity']],
]
/** Labels that everything has: those of where it was asked, and of the service. */
export const labelsOfAll = ['job', 'instance', 'service']

/** All metrics that there are, by name, each with its labels. */
export function knownMetrics(): Map<string, string[]> {
  const known = new Map<string, string[]>([...ofPrometheus, ...ofEveryProcess()])
  for (const [, name = '', type, labels = ''] of read('docs/metrics.md').matchAll(row)) {
    const own = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label as string)
    if (type !== 'histogram') known.set(name, own)
    else {
      for (const part of ['sum', 'count']) known.set(`${name}_${part}`, own)
      known.set(`${name}_bucket`, [...own, 'le'])
    }
  }
  return known
}

function ofEveryProcess(): [string, string[]][] {
  const register = new Registry()
  collectDefaultMetrics({ register })
  return register.getMetricsAsArray().map(({ name }) => [name, []])
}
