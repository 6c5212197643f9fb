import { Problem } from '@duka/kit/errors'
import { checkExpectation } from '@duka/kit/expectation'
import type { RequestHandler } from 'express'

/** Of these, Node keeps the first and drops the others; what stands in front of the gateway may have looked at another one. */
const once = new Set(['host', 'authorization', 'content-type'])

/** A host and perhaps a port (RFC 9110, 7.2), empty where the client knows none. */
const hostPattern = /^[\w.~%!$&'()*+;=:[\]-]*$/

/** Refuses requests that mean one thing to one reader and another thing to the next. */
export function refuseAmbiguous(): RequestHandler {
  return (request, _response, next) => {
    checkExpectation(request)
    const { host } = request.headers
    const repeated = findRepeated(request.rawHeaders)
    if (repeated) throw invalid(`There may be one ${repeated} header.`)
    if (host === undefined && request.httpVersion !== '1.0') throw invalid('The Host header is missing.')
    if (host !== undefined && !hostPattern.test(host)) throw invalid('The Host header names no host.')
    next()
  }
}

function findRepeated(rawHeaders: readonly string[]): string | undefined {
  const found = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    const lower = name.toLowerCase()
    if (found.has(lower)) return name
    if (once.has(lower)) found.add(lower)
  }
  return undefined
}

function invalid(detail: string): Problem {
  return new Problem(400, 'invalid_request', detail)
}
