import type { NextFunction, Request, Response } from 'express'
import { currentTrace } from './context'
import { notFound, Problem, RemoteUnavailable } from './errors'
import { errorFields, type Log } from './log'
import { reportError } from './report-errors'
import { readTraceparent } from './trace'

/** The one place that writes errors: a problem document for the client, a line with the cause for us. */
export function problemWriter(log: Log) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const problem = asProblem(error)
    const requestId = String(response.getHeader('x-request-id') ?? '')
    // The gateway runs its requests in no context, but says in their headers where they belong.
    const traceId = (currentTrace() ?? readTraceparent(request.headers.traceparent))?.traceId
    if (problem.status >= 500) {
      const { method } = request
      if (problem.code === internalError) reportError(error, { requestId, traceId, method, route: routeOf(request) })
      log.error('request_failed', {
        requestId,
        traceId,
        method,
        code: problem.code,
        ...remoteFields(error),
        ...errorFields(error),
      })
    }
    if (response.headersSent) {
      next(error)
      return
    }
    response.set(problem.headers)
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify(problem.toDocument(requestId, traceId)))
  }
}

/** Which service did not answer and why: for our log, never for the client. */
function remoteFields(error: unknown): Record<string, unknown> {
  return error instanceof RemoteUnavailable ? { target: error.target, reason: error.reason } : {}
}

function routeOf(request: Request): string | undefined {
  return (request.route as { path?: string } | undefined)?.path
}

/** Of an error that nobody expected. */
const internalError = 'internal_error'

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Express throws this where a path is not valid percent-encoding.
  if (error instanceof URIError) return notFound('path')
  if (isDatabaseAway(error)) {
    const detail = 'A part of the shop does not answer at the moment. Please try again shortly.'
    return new Problem(503, 'service_unavailable', detail, { headers: { 'Retry-After': '2' } })
  }
  return new Problem(500, internalError, 'Something went wrong on our side. Nothing you sent was the cause.')
}

/** Whether nobody foresaw it: what is down, or refuses by the shop's rules, is no bug. */
export function isUnexpected(error: unknown): boolean {
  return asProblem(error).code === internalError
}

/** Told by names and codes, so that what has no database needs no driver to write its errors. */
function isDatabaseAway(error: unknown): boolean {
  const { name, parent } = error as { name?: string; parent?: Fault }
  if (/^Sequelize(Connection|Host|InvalidConnection|AccessDenied)/.test(name ?? '')) return true
  // While a connection is made, the driver's own error comes without Sequelize's around it.
  const { code = '', message = '' } = parent ?? (error as Fault)
  // Class 57P: the server shuts down or starts up. The others: the connection broke under the statement. Where it ended
  // in order, the driver only says so.
  return /^(57P|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH)/.test(code) || /^Connection terminated/.test(message)
}

interface Fault {
  code?: string
  message?: string
}
