import http from 'node:http'
import https from 'node:https'
import { NotConnected } from '@duka/kit/balanced-agent'
import { Problem, RemoteUnavailable } from '@duka/kit/errors'
import type { Log } from '@duka/kit/log'
import { problemWriter } from '@duka/kit/problem-writer'
import type { Request, RequestHandler, Response } from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { exchangeOf } from './exchange'
import type { FairBound } from './fair-bound'
import { countFile } from './limit-body'
import type { UpstreamName } from './options'
import { relayAnswer } from './relay-answer'
import { traceUpstream } from './trace-upstream'

export interface ProxyOptions {
  name: UpstreamName
  url: URL
  agent: http.Agent
  timeoutMs: number
  /** Who reads answers that stream through. */
  readers: FairBound
  log: Log
}

/** Streams requests, whose headers and URL are final, to one service and its answers back. */
export function createProxy({ name, url, agent, timeoutMs, readers, log }: ProxyOptions): RequestHandler {
  const writeProblem = problemWriter(log)
  const transport = url.protocol === 'https:' ? https : http

  function answerProblem(problem: Problem, request: Request, response: Response): void {
    const { upstreamRequest, keeper } = exchangeOf(response)
    upstreamRequest?.destroy()
    if (response.writableEnded || response.destroyed) return
    keeper?.fail(problem)
    if (response.headersSent) response.destroy()
    else writeProblem(problem, request, response, () => response.destroy())
  }

  /** Over a new connection, which no server can have grown tired of, and which the agent does not keep. */
  function askAgain(request: Request, response: Response): void {
    const { method, url: path, headers } = request
    const createConnection = agent.createConnection as http.RequestOptions['createConnection']
    const again = transport.request({ createConnection, method, path, headers, timeout: timeoutMs })
    again.on('error', (error) => answerProblem(describeFailure(name, error, response), request, response))
    again.on('response', (answer) => relayAnswer(answer, response, readers))
    rememberRequest(again, response)
    again.end()
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
        proxy.on('start', (request, response) => {
          traceUpstream(name, request, response)
          const { maxBodyBytes } = exchangeOf(response).target ?? {}
          if (maxBodyBytes === undefined) return
          countFile(request, maxBodyBytes, (problem) => answerProblem(problem, request, response))
        })
        proxy.on('proxyReq', (upstreamRequest, _request, response) => rememberRequest(upstreamRequest, response))
        proxy.on('proxyRes', (answer, _request, response) => relayAnswer(answer, response, readers))
        proxy.on('error', (error, request, response) => {
          if (!('writeHead' in response)) return
          if (mayAskAgain(error, request, response)) askAgain(request, response)
          else answerProblem(describeFailure(name, error, response), request, response)
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

const cut = new Set(['ECONNRESET', 'EPIPE'])

/** A connection that was idle may have closed under a request. Only one that changes nothing may be sent twice. */
function mayAskAgain({ code = '' }: NodeJS.ErrnoException, request: Request, response: Response): boolean {
  const { upstreamRequest, timedOut } = exchangeOf(response)
  const { method, headers } = request
  const isSafe = (method === 'GET' || method === 'HEAD') && !headers['content-length'] && !headers['transfer-encoding']
  const isWaitedFor = !timedOut && !response.headersSent && !response.destroyed
  return isSafe && isWaitedFor && cut.has(code) && upstreamRequest?.reusedSocket === true
}

function describeFailure(name: UpstreamName, error: NodeJS.ErrnoException, response: Response): Problem {
  const code = error.code ?? error.message
  if (!code.startsWith('HPE_')) {
    return new RemoteUnavailable(name, !(error instanceof NotConnected), exchangeOf(response).timedOut, code)
  }
  return new Problem(502, 'bad_gateway', 'A part of the shop gave an answer that makes no sense.')
}
