import { isIP } from 'node:net'
import type { NextFunction, Request, Response } from 'express'
import { isPrivateHost } from './private-host'

type Refusal = [status: number, error: string] | []

/**
 * Keeps web pages of other sites away from the controls. A page elsewhere says so in Sec-Fetch-Site or Origin, cannot send
 * JSON without a preflight that nobody answers, and one that points its own name at this machine is known by that name.
 */
export function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  answer(reasonToRefuse(request), response, next)
}

/** Only against names that point at this machine: other sites may link to a page, which can do nothing by being opened. */
export function refuseStrangeNames(request: Request, response: Response, next: NextFunction): void {
  answer(strangeName(request), response, next)
}

function answer([status, error]: Refusal, response: Response, next: NextFunction) {
  if (status) response.status(status).json({ error })
  else next()
}

function reasonToRefuse(request: Request): Refusal {
  const strange = strangeName(request)
  if (strange.length > 0) return strange
  if (comesFromElsewhere(request)) return [403, 'Other sites may not use the simulator.']
  if (request.method === 'GET' || request.is('application/json')) return []
  return [415, 'Send a JSON body with the header Content-Type: application/json.']
}

function strangeName(request: Request): Refusal {
  const host = (request.hostname ?? '').replace(/^\[|\]$/g, '')
  if (isIP(host) > 0 || isPrivateHost(host)) return []
  return [403, 'Open the simulator by an address or a local name.']
}

function comesFromElsewhere({ headers: { origin, host, 'sec-fetch-site': site = 'none' } }: Request): boolean {
  if (site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host)
}
