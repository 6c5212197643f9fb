import type { NextFunction, Request, Response } from 'express'
import { notFound, Problem, RemoteUnavailable } from './errors'
import { errorFields, type Log } from './log'

/** The one place that writes errors: a problem document for the client, a line with the cause for us. */
export function problemWriter(log: Log) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const problem = asProblem(error)
    const requestId = String(response.getHeader('x-request-id') ?? '')
    if (problem.status >= 500) {
      const { method } = request
      log.error('request_failed', {
        requestId,
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
      .send(JSON.stringify(problem.toDocument(requestId)))
  }
}

/** Which service did not answer and why: for our log, never for the client. */
function remoteFields(error: unknown): Record<string, unknown> {
  return error instanceof RemoteUnavailable ? { target: error.target, reason: error.reason } : {}
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Express throws this where a path is not valid percent-encoding.
  if (error instanceof URIError) return notFound('path')
  if (isDatabaseAway(error)) {
    const detail = 'A part of the shop does not answer at the moment. Please try again shortly.'
    return new Problem(503, 'service_unavailable', detail, { headers: { 'Retry-After': '2' } })
  }
  return new Problem(500, 'internal_error', 'Something went wrong on our side. Nothing you sent was the cause.')
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
