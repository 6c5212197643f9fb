import { notFound, Problem } from '@duka/kit'
import type { RequestHandler } from 'express'
import { exchangeOf } from './exchange'
import type { UpstreamName } from './options'
import type { Upstream } from './upstream'

/** Hands a request to the service that its route names. */
export function forwardRequests(upstreams: Record<UpstreamName, Upstream>): RequestHandler {
  return (request, response, next) => {
    const { route, target } = exchangeOf(response)
    if (!route) throw notFound('path')
    if (!target) throw methodNotAllowed(request.method, route.allow)
    upstreams[target.service].forward(request, response, next)
  }
}

function methodNotAllowed(method: string, allow: string): Problem {
  return new Problem(405, 'method_not_allowed', `${method} is not for this path; it takes ${allow}.`, {
    headers: { Allow: allow },
  })
}
