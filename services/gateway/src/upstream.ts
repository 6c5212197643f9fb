import http from 'node:http'
import https from 'node:https'
import { createBalancedAgent } from '@duka/kit/balanced-agent'
import type { RequestHandler } from 'express'
import { cleanHeaders } from './clean-headers'
import { exchangeOf } from './exchange'
import { Lane } from './lane'
import { checkBody, waitForFile } from './limit-body'
import type { GatewayOptions, UpstreamName } from './options'
import { createProxy } from './proxy'

/**
 * How long a service may stay silent on a connection: in a request, and between two. The services keep an idle
 * connection open for longer (kit, listen.ts), so that none closes under a request.
 */
const defaultTimeoutMs = 30_000
const defaultMaxConcurrent = 500
/** One address may be that of a carrier, with thousands of phones behind it, whose requests take milliseconds each. */
const defaultMaxPerClient = 100
const defaultMaxBodyBytes = 1_048_576

/** One service behind the gateway, at one or more addresses. */
export interface Upstream {
  name: UpstreamName
  forward: RequestHandler
  /** Starts a GET outside of any client's request. */
  get(path: string, signal: AbortSignal): http.ClientRequest
}

export function createUpstreams(options: GatewayOptions): Record<UpstreamName, Upstream> {
  const names = Object.keys(options.serviceUrls) as UpstreamName[]
  const upstreams = names.map((name) => [name, createUpstream(name, options)] as const)
  return Object.fromEntries(upstreams) as Record<UpstreamName, Upstream>
}

/** One proxy and one pool of connections, made once. Which of the addresses a request goes to, the agent decides. */
function createUpstream(name: UpstreamName, options: GatewayOptions): Upstream {
  const { maxBodyBytes = defaultMaxBodyBytes, rateLimitFactor = 1 } = options
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
  const proxy = createProxy({ name, url, agent, timeoutMs, maxBodyBytes, log })
  const laneLimits = {
    maxWaiting: options.maxConcurrentPerUpstream ?? defaultMaxConcurrent,
    maxPerClient: options.maxConcurrentPerClient ?? Math.max(1, Math.round(defaultMaxPerClient * rateLimitFactor)),
  }
  const lane = new Lane(name, laneLimits)
  /** Apart, so that no shopper's flood keeps payment providers out. */
  const webhookLane = new Lane(name, laneLimits)

  return {
    name,
    forward(request, response, next) {
      checkBody(request, maxBodyBytes)
      waitForFile(request)
      const exchange = exchangeOf(response)
      // Its client went away while it was looked at: nothing would ever give its place back.
      if (response.destroyed) return
      const isWebhook = exchange.target?.limit === 'webhook'
      ;(isWebhook ? webhookLane : lane).enter(exchange)
      request.headers = cleanHeaders(request, exchange, url.host)
      request.url = basePath + exchange.upstreamUrl
      void proxy(request, response, next)
    },
    get: (path, signal) => transport.get(new URL(basePath + path, url), { agent, signal }),
  }
}
