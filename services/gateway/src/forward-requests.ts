import { notFound } from '@duka/kit/errors'
import type { RequestHandler } from 'express'
import { exchangeOf } from './exchange'
import type { UpstreamName } from './options'
import type { Upstream } from './upstream'

/** Hands a request to the service that its route names. */
export function forwardRequests(upstreams: Record<UpstreamName, Upstream>): RequestHandler {
  return (request, response, next) => {
    const { route, target } = exchangeOf(response)
    if (!route) throw notFound('path')
    if (!target) return route.refuseMethod(request)
    upstreams[target.service].forward(request, response, next)
  }
}
