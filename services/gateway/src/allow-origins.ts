import cors from 'cors'
import type { RequestHandler } from 'express'
import { exchangeOf } from './exchange'

const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'X-Cart-Token',
  'X-Request-Id',
  'Traceparent',
  'If-Match',
  'If-None-Match',
]

const exposedHeaders = [
  'X-Cart-Token',
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Idempotency-Replayed',
  'RateLimit',
  'RateLimit-Policy',
]

const preflightSeconds = 600

/** Lets web pages of listed origins call the shop. Others get no CORS header at all, so their browser refuses. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const listed = new Set(origins)
  const allow = cors({
    origin: [...listed],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders,
    exposedHeaders,
    maxAge: preflightSeconds,
  })
  return (request, response, next) => {
    const { route } = exchangeOf(response)
    const { origin } = request.headers
    // A cache must not hand the answer for one origin, or for none, to another.
    if (listed.size > 0) response.vary('Origin')
    const isOptions = request.method === 'OPTIONS' && route !== undefined
    if (origin !== undefined && listed.has(origin) && (request.method !== 'OPTIONS' || isOptions)) {
      allow(request, response, next)
    } else if (isOptions) {
      response.status(204).setHeader('Allow', route.allow).end()
    } else {
      next()
    }
  }
}
