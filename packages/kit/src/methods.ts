import type { Request } from 'express'
import { Problem } from './errors'

/** The value of an `Allow` header, which names HEAD wherever there is a GET. */
export function allowedMethods(methods: readonly string[]): string {
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ')
}

/** Answers a known path's wrong method. */
export function methodNotAllowed(methods: readonly string[]) {
  const allow = allowedMethods(methods)
  return (request: Request): never => {
    throw new Problem(405, 'method_not_allowed', `${request.method} is not for this path; it takes ${allow}.`, {
      headers: { Allow: allow },
    })
  }
}
