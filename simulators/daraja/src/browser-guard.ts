import { isIP } from 'node:net'
import type { NextFunction, Request, Response } from 'express'
import { isPrivateHost } from './callback-url'

/**
 * Keeps web pages of other sites away from the phones. A page elsewhere says so in Sec-Fetch-Site or Origin, cannot send
 * JSON without a preflight that nobody answers, and one that points its own name at this machine is known by that name.
 */
export function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  const [status, error] = reasonToRefuse(request)
  if (status) response.status(status).json({ error })
  else next()
}

function reasonToRefuse(request: Request): [status: number, error: string] | [] {
  const host = (request.hostname ?? '').replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 && !isPrivateHost(host)) return [403, 'Open the simulator by an address or a local name.']
  if (comesFromElsewhere(request)) return [403, 'Other sites may not use the simulator.']
  if (request.method === 'GET' || request.is('application/json')) return []
  return [415, 'Send a JSON body with the header Content-Type: application/json.']
}

function comesFromElsewhere({ headers: { origin, host, 'sec-fetch-site': site = 'none' } }: Request): boolean {
  if (site !== 'same-origin' && site !== 'none') return true
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host)
}
