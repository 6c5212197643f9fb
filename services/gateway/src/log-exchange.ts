import type { Log } from '@duka/kit/log'
import type { Request, Response } from 'express'
import type { Exchange } from './exchange'

/** One line of what became of a request. */
export function logExchange(
  log: Log,
  request: Request,
  response: Response,
  exchange: Exchange,
  startedAt: number,
): void {
  log.http('request', {
    requestId: exchange.requestId,
    traceId: exchange.traceId,
    method: request.method,
    path: patternOf(request, exchange) ?? null,
    status: response.statusCode,
    ms: Math.round((performance.now() - startedAt) * 10) / 10,
    userId: exchange.userId ?? null,
    upstream: exchange.target?.service ?? null,
    ...(response.writableFinished ? {} : { cut: true }),
  })
}

/** Of a path that is a service's, or of one of the gateway's own. */
export function patternOf(request: Request, { route }: Exchange): string | undefined {
  return route?.pattern ?? (request.route as { path?: string } | undefined)?.path
}
