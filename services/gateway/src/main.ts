import { closeServer, runService } from '@duka/kit/lifecycle'
import { createGateway } from './app'
import { loadConfig } from './config'
import { listenToClients } from './listen-to-clients'
import { tellTrust } from './notice-proxies'
import { recallTogether } from './recall-together'
import { recallHere } from './recall-users'
import { serveMetrics } from './serve-metrics'
import { shareCounters } from './share-counters'

runService('gateway', async (log) => {
  const { host, port, metricsAt, redisUrl, maxLagMs, ...options } = loadConfig()
  tellTrust(options, log)
  const counters = redisUrl === undefined ? undefined : await shareCounters(redisUrl, log)
  const shared = maxLagMs && redisUrl ? await recallTogether(redisUrl, maxLagMs, log) : undefined
  const lag = maxLagMs ? { maxLagMs, recall: shared?.recall ?? recallHere() } : undefined
  const server = await listenToClients(createGateway({ ...options, counters, lag, log }), port, host)
  const metrics = await serveMetrics(metricsAt.port, metricsAt.host)
  return [
    () => Promise.all([server, metrics].map((each) => closeServer(each))),
    async () => counters?.close(),
    async () => shared?.close(),
  ]
})
