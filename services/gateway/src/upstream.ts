import http from 'node:http'
import https from 'node:https'
import { createBalancedAgent } from '@duka/kit/balanced-agent'
import type { Request, RequestHandler } from 'express'
import type { BodyPieces } from './body-pieces'
import { cleanHeaders } from './clean-headers'
import { exchangeOf } from './exchange'
import type { FairBound } from './fair-bound'
import { createLanes } from './lanes'
import type { GatewayOptions, UpstreamName } from './options'
import { createProxy } from './proxy'

/**
 * How long a service may stay silent on a connection: in a request, and between two. The services keep an idle
 * connection open for longer (kit, listen.ts), so that none closes under a request.
 */
const defaultTimeoutMs = 30_000

/** One service behind the gateway, at one or more addresses. */
export interface Upstream {
  name: UpstreamName
  forward: RequestHandler
  /** Starts a GET outside of any client's request. */
  get(path: string, signal: AbortSignal): http.ClientRequest
}

export function createUpstreams(options: GatewayOptions, readers: FairBound): Record<UpstreamName, Upstream> {
  const names = Object.keys(options.serviceUrls) as UpstreamName[]
  const upstreams = names.map((name) => [name, createUpstream(name, options, readers)] as const)
  return Object.fromEntries(upstreams) as Record<UpstreamName, Upstream>
}

/** One proxy and one pool of connections, made once. Which of the addresses a request goes to, the agent decides. */
function createUpstream(name: UpstreamName, options: GatewayOptions, readers: FairBound): Upstream {
  const { log, upstreamTimeoutMs: timeoutMs = defaultTimeoutMs } = options
  const urls = options.serviceUrls[name].map((each) => new URL(each))
  const url = urls[0] as URL
  const basePath = url.pathname.replace(/\/$/, '')
  const transport = url.protocol === 'https:' ? https : http
  const agent = createBalancedAgent(urls, {
    timeoutMs,
    onOut: (address, reason) => log.warn('address_out', { target: name, address: address.url.host, reason }),
    onBack: (address) => log.info('address_back', { target: name, address: address.url.host }),
  })
  const proxy = createProxy({ name, url, agent, timeoutMs, readers, log })
  const laneFor = createLanes(name, options)

  return {
    name,
    forward(request, response, next) {
      const exchange = exchangeOf(response)
      // Its client went away while it was looked at: nothing would ever give its place back.
      if (response.destroyed) return
      exchange.place = laneFor(exchange).enter(exchange)
      request.headers = cleanHeaders(request, exchange, url.host)
      request.url = basePath + exchange.upstreamUrl
      if (exchange.body) sendCollected(request, exchange.body)
      void proxy(request, response, next)
    },
    get: (path, signal) => transport.get(new URL(basePath + path, url), { agent, signal }),
  }
}

/** http-proxy sends what its request's stream gives, which was read before. All of it goes out with the headers. */
function sendCollected(request: Request, { pieces }: BodyPieces): void {
  request.pipe = (upstreamRequest) => {
    for (const piece of pieces) upstreamRequest.write(piece)
    upstreamRequest.end()
    return upstreamRequest
  }
}
