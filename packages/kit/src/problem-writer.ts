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
  return new Problem(500, 'internal_error', 'Something went wrong on our side. Nothing you sent was the cause.')
}
