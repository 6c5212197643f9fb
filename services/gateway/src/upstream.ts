import http from 'node:http'
import https from 'node:https'
import { Problem, RemoteUnavailable } from '@duka/kit/errors'
import { problemWriter } from '@duka/kit/problem-writer'
import type { Request, RequestHandler, Response } from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { cleanHeaders } from './clean-headers'
import { exchangeOf } from './exchange'
import { checkBody, countBody } from './limit-body'
import type { GatewayOptions, UpstreamName } from './options'
import { relayAnswer } from './relay-answer'

/**
 * How long a service may take to accept a connection, and stay silent on it: in a request, and between two. The
 * services keep an idle connection open for longer (kit, listen.ts), so that none closes under a request.
 */
const defaultTimeoutMs = 30_000
const defaultMaxConcurrent = 500
const defaultMaxBodyBytes = 1_048_576

/** One service behind the gateway. */
export interface Upstream {
  name: UpstreamName
  forward: RequestHandler
  /** Starts a GET outside of any client's request. */
  get(path: string, signal: AbortSignal): http.ClientRequest
}

export function createUpstreams(options: GatewayOptions): Record<UpstreamName, Upstream> {
  const names = Object.keys(options.serviceUrls) as UpstreamName[]
  return Object.fromEntries(names.map((name) => [name, createUpstream(name, options)])) as Record<
    UpstreamName,
    Upstream
  >
}

/** One proxy and one pool of connections, made once. */
function createUpstream(name: UpstreamName, options: GatewayOptions): Upstream {
  const { maxConcurrentPerUpstream = defaultMaxConcurrent, maxBodyBytes = defaultMaxBodyBytes } = options
  const { upstreamTimeoutMs = defaultTimeoutMs } = options
  const url = new URL(options.serviceUrls[name])
  const basePath = url.pathname.replace(/\/$/, '')
  const transport = url.protocol === 'https:' ? https : http
  const agent = new transport.Agent({ keepAlive: true, timeout: upstreamTimeoutMs })
  const proxy = createProxy(name, url, agent, options)
  let running = 0

  return {
    name,
    forward(request, response, next) {
      checkBody(request, maxBodyBytes)
      if (running >= maxConcurrentPerUpstream) throw new RemoteUnavailable(name, false, false, 'too many requests wait')
      running++
      response.once('close', () => running--)
      const exchange = exchangeOf(response)
      request.headers = cleanHeaders(request, exchange, url.host)
      request.url = basePath + exchange.upstreamUrl
      void proxy(request, response, next)
    },
    get: (path, signal) => transport.get(new URL(basePath + path, url), { agent, signal }),
  }
}

function createProxy(name: UpstreamName, url: URL, agent: http.Agent, options: GatewayOptions) {
  const { maxBodyBytes = defaultMaxBodyBytes } = options
  const writeProblem = problemWriter(options.log)

  function answerProblem(problem: Problem, request: Request, response: Response): void {
    exchangeOf(response).upstreamRequest?.destroy()
    if (response.writableEnded || response.destroyed) return
    if (response.headersSent) response.destroy()
    else writeProblem(problem, request, response, () => response.destroy())
  }

  return createProxyMiddleware<Request, Response>({
    target: { protocol: url.protocol, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port },
    agent,
    // The url is final: not joined to the target's path, not parsed and put together again.
    prependPath: false,
    toProxy: true,
    selfHandleResponse: true,
    // The library's own handlers log URLs and tell them to the client.
    ejectPlugins: true,
    plugins: [
      (proxy) => {
        proxy.on('start', (request, response) =>
          countBody(request, maxBodyBytes, (problem) => answerProblem(problem, request, response)),
        )
        proxy.on('proxyReq', (upstreamRequest, _request, response) => rememberRequest(upstreamRequest, response))
        proxy.on('proxyRes', (answer, _request, response) => relayAnswer(answer, response))
        proxy.on('error', (error, request, response) => {
          if ('writeHead' in response) answerProblem(describeFailure(name, error, response), request, response)
        })
      },
    ],
  })
}

function rememberRequest(upstreamRequest: http.ClientRequest, response: Response): void {
  const exchange = exchangeOf(response)
  exchange.upstreamRequest = upstreamRequest
  upstreamRequest.once('timeout', () => {
    exchange.timedOut = true
    upstreamRequest.destroy()
  })
  // It was waiting for a connection while its client went away, or its body grew too large.
  if (response.writableEnded || response.destroyed) upstreamRequest.destroy()
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function describeFailure(name: UpstreamName, error: NodeJS.ErrnoException, response: Response): Problem {
  const code = error.code ?? error.message
  if (!code.startsWith('HPE_')) {
    return new RemoteUnavailable(name, !neverSent.has(code), exchangeOf(response).timedOut, code)
  }
  return new Problem(502, 'bad_gateway', 'A part of the shop gave an answer that makes no sense.')
}
