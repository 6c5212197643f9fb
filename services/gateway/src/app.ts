import { methodNotAllowed } from '@duka/kit/methods'
import { problemWriter } from '@duka/kit/problem-writer'
import express, { type Express } from 'express'
import { allowOrigins } from './allow-origins'
import { beginExchange } from './exchange'
import { forwardRequests } from './forward-requests'
import { knowUsers } from './know-users'
import { limitRequests } from './limit-requests'
import type { GatewayOptions } from './options'
import { reportReadiness } from './report-readiness'
import { createRoutes } from './routes'
import { secureHeaders } from './secure-headers'
import { serveDocs } from './serve-docs'
import { createUpstreams } from './upstream'

/** The way of a request, top to bottom. No body is parsed anywhere: it streams through. */
export function createGateway(options: GatewayOptions): Express {
  const { log, corsOrigins = [], trustedHops = 0, rateLimitFactor: factor = 1, counters, behindTls = false } = options
  const upstreams = createUpstreams(options)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('trust proxy', trustedHops)

  app.use(beginExchange(createRoutes(), log))
  app.use(secureHeaders(behindTls))
  app.use(allowOrigins(corsOrigins))
  // Probes stay outside the limits: a flood must not make an orchestrator restart a healthy gateway.
  app.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/ready', reportReadiness(upstreams))
  app.all(['/health', '/ready'], methodNotAllowed(['GET']))
  app.use(knowUsers(upstreams.auth))
  app.use(limitRequests({ factor, log, counters }))
  app.use(serveDocs())
  app.use(forwardRequests(upstreams))
  app.use(problemWriter(log))
  return app
}
