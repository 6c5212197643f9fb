import type { RequestHandler } from 'express'
import type { Metric, Registry } from 'prom-client'
import { allMetrics, areMetricsOn } from './metrics'

/** Node's timer for delays of its event loop wakes this often. */
const eventLoopSampleMs = 50

/**
 * Of prom-client's own metrics. It has no way to choose among them, and that of garbage collection runs a callback for
 * each: with a small young generation, and dozens of them a purchase, that cost more than all counting together.
 */
const ofProcess = [
  'processCpuTotal',
  'processStartTime',
  'osMemoryHeap',
  'processOpenFileDescriptors',
  'processMaxFileDescriptors',
  'eventLoopLag',
  'heapSizeAndUsed',
  'heapSpacesSizeAndUsed',
  'version',
]

type Collect = (register: Registry, config: { eventLoopMonitoringPrecision: number }) => void

/** prom-client costs a few megabytes, which a shop that nobody watches saves: the first look at the metrics loads it. */
const loaded = new Map<string, Promise<Library>>()

interface Library {
  process: Registry
  newRegistry(): Registry
}

async function load(service: string): Promise<Library> {
  const { Registry } = await import('prom-client')
  const newRegistry = () => {
    const registry = new Registry()
    registry.setDefaultLabels({ service })
    return registry
  }
  const own = newRegistry()
  for (const name of ofProcess) {
    const collect = require(`prom-client/lib/metrics/${name}`) as Collect
    collect(own, { eventLoopMonitoringPrecision: eventLoopSampleMs })
  }
  return { process: own, newRegistry }
}

function libraryFor(service: string): Promise<Library> {
  const library = loaded.get(service) ?? load(service)
  loaded.set(service, library)
  return library
}

/** All metrics of this process in Prometheus' text format. */
async function writeMetrics(service: string): Promise<string> {
  const library = await libraryFor(service)
  const registry = library.newRegistry()
  // What the registry asks of a metric is its name and `get`, which prom-client's own classes have more around.
  for (const { name, expose } of allMetrics()) registry.registerMetric({ name, get: expose } as unknown as Metric)
  return `${await registry.metrics()}\n${await library.process.metrics()}`
}

/** Serves the metrics of this process, 404 where they are off. It belongs on a port that is not public. */
export function exposeMetrics(service: string): RequestHandler {
  return async (_request, response) => {
    if (!areMetricsOn()) return void response.status(404).end()
    const text = await writeMetrics(service)
    response.set({ 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' }).send(text)
  }
}
