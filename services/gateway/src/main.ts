import { closeServer, runService } from '@duka/kit/lifecycle'
import { createGateway } from './app'
import { loadConfig } from './config'
import { listenToClients } from './listen-to-clients'

runService('gateway', async (log) => {
  const { host, port, ...options } = loadConfig()
  const server = await listenToClients(createGateway({ ...options, log }), port, host)
  return [() => closeServer(server)]
})
