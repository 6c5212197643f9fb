import { methodNotAllowed } from '@duka/kit/methods'
import { problemWriter } from '@duka/kit/problem-writer'
import express, { type Express, type RequestHandler, type Router } from 'express'
import { allowLag } from './allow-lag'
import { allowOrigins } from './allow-origins'
import { collectBodies } from './collect-bodies'
import { beginExchange, exchangeOf } from './exchange'
import { FairBound } from './fair-bound'
import { forwardRequests } from './forward-requests'
import { inOrder } from './in-order'
import { keepPublic } from './keep-public'
import { knowUsers } from './know-users'
import { limitRequests } from './limit-requests'
import { noticeProxies } from './notice-proxies'
import type { GatewayOptions } from './options'
import { refuseAmbiguous } from './refuse-ambiguous'
import { reportReadiness } from './report-readiness'
import { createRoutes } from './routes'
import { secureHeaders } from './secure-headers'
import { serveDocs } from './serve-docs'
import { serveGreeting } from './serve-greeting'
import { createUpstreams, type Upstream } from './upstream'

const defaultMaxBodyBytes = 1_048_576
/** Each may hold a connection to a service, which the services can spare beside those of requests that wait. */
const defaultReaders = { max: 1_000, maxPerClient: 300 }

/** The way of a request, top to bottom. No body is parsed anywhere. */
export function createGateway(options: GatewayOptions): Express {
  const { log, corsOrigins = [], trustedHops = 0, rateLimitFactor: factor = 1, counters, behindTls = false } = options
  const { maxBodyBytes = defaultMaxBodyBytes, maxArrivingBytes, readers = defaultReaders } = options
  const upstreams = createUpstreams(options, new FairBound(readers))
  const limits = limitRequests({ factor, log, counters })
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('trust proxy', trustedHops)

  app.use(
    inOrder(
      beginExchange({ routes: createRoutes(), trustedHops, log }),
      secureHeaders(behindTls),
      noticeProxies(trustedHops, log),
      refuseAmbiguous(),
      allowOrigins(corsOrigins),
      // Probes stay outside the limits: a flood must not make an orchestrator restart a healthy gateway.
      unlessRouted(serveProbes(upstreams)),
      knowUsers(upstreams.auth),
      limits.ofClients,
      collectBodies({ maxBodyBytes, maxArrivingBytes }),
      limits.ofTargets,
      unlessRouted(serveDocs()),
      unlessRouted(serveGreeting(options.pages)),
      allowLag(options.lag),
      keepPublic(options.now ?? (() => performance.now())),
      forwardRequests(upstreams),
    ),
  )
  app.use(problemWriter(log))
  return app
}

function serveProbes(upstreams: Record<string, Upstream>): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  router.get('/health', (_request, response) => void response.json({ status: 'ok' }))
  router.get('/ready', reportReadiness(upstreams))
  router.all(['/health', '/ready'], methodNotAllowed(['GET']))
  return router
}

/** What is for a service is not compared with the gateway's own paths once more. */
function unlessRouted(router: Router): RequestHandler {
  return (request, response, next) => (exchangeOf(response).route ? next() : router(request, response, next))
}
