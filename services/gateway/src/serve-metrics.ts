import type { Server } from 'node:http'
import { exposeMetrics } from '@duka/kit/expose-metrics'
import { listen } from '@duka/kit/listen'
import express from 'express'

/** Serves the gateway's metrics, and nothing else, on a port of their own: the gateway's first one is public. */
export async function serveMetrics(port: number, host: string): Promise<Server> {
  const app = express()
  app.disable('x-powered-by')
  app.get('/metrics', exposeMetrics('gateway'))
  app.use((_request, response) => void response.status(404).end())
  return listen(app, port, host).catch((error) => {
    // Said to whoever starts the gateway.
    throw Object.assign(error, { portSetting: 'METRICS_PORT', hostSetting: 'METRICS_HOST' })
  })
}
