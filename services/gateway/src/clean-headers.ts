import type { IncomingHttpHeaders } from 'node:http'
import { maxLagHeader } from '@duka/kit/lag'
import type { Request } from 'express'
import type { Exchange } from './exchange'

/** Meant for one connection only (RFC 9110, 7.6.1); `expect` was answered by this server already. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'expect',
])

/** Who the client is and how it came is for the gateway to say, whatever the client claims. */
const claims = new Set([
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'x-original-url',
  'x-rewrite-url',
  maxLagHeader,
])

/** What a client's own tracing carries: nobody here reads it, and it could be long. */
const baggage = new Set(['tracestate', 'baggage'])

/** Without these the service would see another body than the client sent. */
const framing = new Set(['content-length', 'transfer-encoding'])

function isDropped(name: string): boolean {
  if (hopByHop.has(name) || claims.has(name) || baggage.has(name)) return true
  // An underscore turns into a dash in some servers, and so into a header that was dropped.
  return name.startsWith('x-forwarded') || name.startsWith('x-user') || name.includes('_')
}

/** The headers of the request to the service whose `Host` is given. */
export function cleanHeaders(request: Request, exchange: Exchange, host: string): IncomingHttpHeaders {
  const named = namedByConnection(request.headers.connection)
  const headers: IncomingHttpHeaders = {}
  for (const name in request.headers) {
    if (!isDropped(name) && !named?.has(name)) headers[name] = request.headers[name]
  }
  headers.host = host
  headers['x-request-id'] = exchange.requestId
  headers.traceparent = request.headers.traceparent
  headers['x-forwarded-for'] = exchange.clientAddress
  headers['x-forwarded-proto'] = request.protocol
  if (exchange.maxLagMs > 0) headers[maxLagHeader] = String(exchange.maxLagMs)
  // HTTP/1.0 knows no Host.
  if (request.host) headers['x-forwarded-host'] = request.host
  if (exchange.body) {
    headers['content-length'] = String(exchange.body.length)
    delete headers['transfer-encoding']
  }
  // Without a length, Node would announce a body (an empty, chunked one) for a POST that has none.
  if (request.method !== 'GET' && request.method !== 'HEAD' && !headers['transfer-encoding']) {
    headers['content-length'] ??= '0'
  }
  return headers
}

/** A client may name further headers as meant for this connection only. */
function namedByConnection(connection: string | undefined): Set<string> | undefined {
  if (!connection || connection === 'keep-alive' || connection === 'close') return undefined
  const names = connection.split(',').map((name) => name.trim().toLowerCase())
  return new Set(names.filter((name) => !framing.has(name)))
}
