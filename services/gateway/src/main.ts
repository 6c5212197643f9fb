import { closeServer, runService } from '@duka/kit/lifecycle'
import { createGateway } from './app'
import { loadConfig } from './config'
import { listenToClients } from './listen-to-clients'
import { serveMetrics } from './serve-metrics'
import { shareCounters } from './share-counters'

runService('gateway', async (log) => {
  const { host, port, metricsAt, redisUrl, ...options } = loadConfig()
  const counters = redisUrl === undefined ? undefined : await shareCounters(redisUrl, log)
  const server = await listenToClients(createGateway({ ...options, counters, log }), port, host)
  const metrics = await serveMetrics(metricsAt.port, metricsAt.host)
  return [() => Promise.all([server, metrics].map((each) => closeServer(each))), async () => counters?.close()]
})
