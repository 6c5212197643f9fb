import type { AddressInfo } from 'node:net'
import express from 'express'
import { alwaysOpenMs } from './bare-limits'
import type { RawAnswer } from './json-client'

// A process of its own: answers what the shop answered, byte by byte, and does nothing else for it.
process.once('disconnect', () => process.exit(0))
process.once('message', (answers: RawAnswer[]) => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  for (const { method, path, status, type, body } of answers) {
    const bytes = Buffer.from(body)
    const verb = method.toLowerCase() as 'get' | 'post'
    app[verb](path, (_request, response) => void response.status(status).type(type).send(bytes))
  }
  const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  server.keepAliveTimeout = alwaysOpenMs
})
