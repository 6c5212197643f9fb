import { createServer, type Server, type ServerOptions } from 'node:http'
import type { Express } from 'express'
import { serveExpectations } from './expectation'
import { limitBodies } from './slow-bodies'

/** How long a client of a service keeps an idle connection. */
export const idleSocketMs = 20_000

/** The server's side outlives it, so that no request is sent into a connection that just closed. */
const keepAliveMs = 65_000
const headersTimeoutMs = 20_000
const bodyTimeoutMs = 30_000
/** What a file may take (slow-bodies.ts): 64 MB at 1 Mbit/s. */
const slowBodyTimeoutMs = 600_000

/** Listens, with explicit limits on slow clients. Rejects where the port cannot be had. */
export function listen(app: Express, port: number, host: string, options: ServerOptions = {}): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(options, app).listen(port, host)
    server.keepAliveTimeout = keepAliveMs
    server.headersTimeout = headersTimeoutMs
    server.requestTimeout = slowBodyTimeoutMs
    limitBodies(server, bodyTimeoutMs)
    serveExpectations(server)
    server.once('listening', () => resolve(server))
    server.once('error', reject)
  })
}
