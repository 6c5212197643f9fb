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
  const { name, parent } = error as { name?: string; parent?: { code?: string; message?: string } }
  if (/^Sequelize(Connection|Host|InvalidConnection|AccessDenied)/.test(name ?? '')) return true
  // Class 57P: the server shuts down or starts up. E and letters: the connection broke under the statement, such as
  // ECONNRESET. Otherwise the driver itself only says that the connection ended.
  return /^(57P|E[A-Z]{4,})/.test(parent?.code ?? '') || /^Connection terminated/.test(parent?.message ?? '')
}
