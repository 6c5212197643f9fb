import type { NextFunction, Request, Response } from 'express'
import { notFound, Problem } from './errors'
import { errorFields, type Log } from './log'

/** The one place that writes errors: a problem document for the client, a line with the cause for us. */
export function problemWriter(log: Log) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const problem = asProblem(error)
    if (problem.status >= 500)
      log.error('request_failed', { method: request.method, code: problem.code, ...errorFields(error) })
    if (response.headersSent) {
      next(error)
      return
    }
    const requestId = String(response.getHeader('x-request-id') ?? '')
    response.set(problem.headers)
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify(problem.toDocument(requestId)))
  }
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  // Express throws this where a path is not valid percent-encoding.
  if (error instanceof URIError) return notFound('path')
  return new Problem(500, 'internal_error', 'Something went wrong on our side. Nothing you sent was the cause.')
}
