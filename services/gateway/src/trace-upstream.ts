import { writeTraceparent } from '@duka/kit/trace'
import { tracing } from '@duka/kit/tracer'
import type { Request, Response } from 'express'
import { exchangeOf } from './exchange'
import type { UpstreamName } from './options'

/** Records the call to the service as a span within the request's, and hands the service that span as its parent. */
export function traceUpstream(name: UpstreamName, request: Request, response: Response): void {
  const { span, route } = exchangeOf(response)
  if (!span?.trace.isSampled) return
  const call = tracing.tracer?.start({
    name: `${name} ${route?.pattern ?? ''}`.trimEnd(),
    kind: 'client',
    parent: span.trace,
    fields: { 'peer.service': name, 'http.request.method': request.method },
  })
  if (!call) return
  request.headers.traceparent = writeTraceparent(call.trace)
  // Before the request's own span ends.
  response.prependOnceListener('close', () => {
    const { statusCode } = response
    call.set({ 'http.response.status_code': statusCode })
    call.end(statusCode >= 500 ? String(statusCode) : undefined)
  })
}
