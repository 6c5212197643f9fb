import type { IncomingMessage, ServerResponse } from 'node:http'
import { readTraceparent } from './trace'
import { type Span, tracing } from './tracer'

/** Asked every few seconds by orchestrators and Prometheus. */
const unrecorded = new Set(['/health', '/ready', '/metrics'])

/** Begins the span of a request to this server, where requests are recorded. At the edge its sender is a stranger. */
export function startRequestSpan(
  { method = '', url = '', headers }: IncomingMessage,
  isFromOutside = false,
): Span | undefined {
  if (!tracing.tracer || unrecorded.has(url)) return undefined
  return tracing.tracer.start({
    name: method,
    kind: 'server',
    parent: readTraceparent(headers.traceparent),
    isFromOutside,
    fields: { 'http.request.method': method },
  })
}

/** `route` is a pattern: a path has ids, and secrets, in it. */
export function endRequestSpan(
  span: Span,
  { method = '' }: IncomingMessage,
  { statusCode }: Pick<ServerResponse, 'statusCode'>,
  route: string | undefined,
): void {
  span.rename(route ? `${method} ${route}` : method)
  span.set({ 'http.route': route, 'http.response.status_code': statusCode })
  span.end(statusCode >= 500 ? String(statusCode) : undefined)
}
