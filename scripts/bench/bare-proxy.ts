import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { alwaysOpenMs, idleSocketMs } from './bare-limits'

// A process of its own: the library that the gateway is built on, with the same kind of agent, and nothing around it.
process.once('disconnect', () => process.exit(0))
process.once('message', (target: string) => {
  const agent = new Agent({ keepAlive: true, timeout: idleSocketMs })
  const app = express()
  app.disable('x-powered-by')
  app.use(createProxyMiddleware({ target, agent }))
  const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  server.keepAliveTimeout = alwaysOpenMs
})
