import { closeServer, runService } from '@duka/kit/lifecycle'
import { createGateway } from './app'
import { loadConfig } from './config'
import { listenToClients } from './listen-to-clients'
import { shareCounters } from './share-counters'

runService('gateway', async (log) => {
  const { host, port, redisUrl, ...options } = loadConfig()
  const counters = redisUrl === undefined ? undefined : await shareCounters(redisUrl, log)
  const server = await listenToClients(createGateway({ ...options, counters, log }), port, host)
  return [() => closeServer(server), async () => counters?.close()]
})
