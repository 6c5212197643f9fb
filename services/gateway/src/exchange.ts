import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { requestIdFrom } from '@duka/kit/context'
import { type Log, logsRequests } from '@duka/kit/log'
import { requestBegan, requestEnded } from '@duka/kit/time-requests'
import { newTrace, readTraceparent, writeTraceparent } from '@duka/kit/trace'
import { endRequestSpan, startRequestSpan } from '@duka/kit/trace-requests'
import type { Span } from '@duka/kit/tracer'
import type { Request, RequestHandler, Response } from 'express'
import type { BodyPieces } from './body-pieces'
import { addressOf, networkOf } from './client-address'
import type { Keeper } from './keep-public'
import type { Place } from './lane'
import { logExchange, patternOf } from './log-exchange'
import type { PathTree } from './path-tree'
import type { Route, Target } from './routes'

/** What the gateway knows of one request on its way through. */
export interface Exchange {
  requestId: string
  traceId: string
  /** What is recorded of it, where it is traced. */
  span: Span | undefined
  /** The client's address, as far as it can be trusted. */
  clientAddress: string
  /** What limits count together: the address, or the /56 of an IPv6 one. */
  clientNetwork: string
  /** Who is signed in, where the token was checked and is good. */
  userId: string | undefined
  route: Route | undefined
  target: Target | undefined
  /** Path and query of the request to the service. */
  upstreamUrl: string
  upstreamRequest: ClientRequest | undefined
  timedOut: boolean
  /** Sees the service's answer first. */
  keeper: Keeper | undefined
  /** How many milliseconds old the answer may be. */
  maxLagMs: number
  /** Notes as of when the user has seen the shop. */
  noteSeen: ((ageMs: number) => void | Promise<void>) | undefined
  /** What came as its body, unless that is a file, which streams through. */
  body: BodyPieces | undefined
  /** Held while it waits for its service. */
  place: Place | undefined
}

export function exchangeOf(response: Response): Exchange {
  return response.locals.exchange as Exchange
}

/** Whose share something is of what all clients have together: of the user, or of everybody at the address. */
export function clientOf({ userId, clientNetwork }: Exchange): string {
  return userId ?? clientNetwork
}

export interface ExchangeOptions {
  routes: PathTree<Route>
  /** Proxies in front whose word is believed. */
  trustedHops: number
  log: Log
}

/** Names the request and its trace, finds its route, times it, and writes one line when it is over. */
export function beginExchange({ routes, trustedHops, log }: ExchangeOptions): RequestHandler {
  return (request, response, next) => {
    const startedAt = requestBegan()
    const requestId = requestIdFrom(request.headers['x-request-id'] as string | undefined)
    const span = startRequestSpan(request, true)
    // A client may name the trace, and no more than that.
    const trace = span?.trace ?? newTrace(readTraceparent(request.headers.traceparent)?.traceId)
    request.headers.traceparent = writeTraceparent(trace)
    const clientAddress = addressOf(request, trustedHops)
    const exchange: Exchange = {
      requestId,
      traceId: trace.traceId,
      span,
      clientAddress,
      clientNetwork: networkOf(clientAddress),
      userId: undefined,
      route: undefined,
      target: undefined,
      upstreamUrl: '',
      upstreamRequest: undefined,
      timedOut: false,
      keeper: undefined,
      maxLagMs: 0,
      noteSeen: undefined,
      body: undefined,
      place: undefined,
    }
    findTarget(exchange, routes, request)
    response.locals.exchange = exchange
    response.setHeader('X-Request-Id', requestId)
    if (response.socket === null) tellWhenCut(request.socket, response)
    response.once('close', () => {
      // Nobody waits for the service's answer any more, or it was given before all of a file had come.
      if (!response.writableFinished || !request.complete) exchange.upstreamRequest?.destroy()
      exchange.place?.giveBack()
      const pattern = patternOf(request, exchange)
      requestEnded(startedAt, request, response, pattern)
      if (span) endRequestSpan(span, request, response, pattern)
      if (logsRequests(log)) logExchange(log, request, response, exchange, startedAt)
    })
    next()
  }
}

/**
 * Of requests sent at once over one connection, Node does not tell an answer whose turn has not come that it closed: what
 * waits for its end would wait for ever.
 */
function tellWhenCut(socket: Socket, response: Response): void {
  const tell = () => {
    response.destroy()
    response.emit('close')
  }
  // As many as the client sent.
  socket.setMaxListeners(0).once('close', tell)
  response.once('socket', () => socket.off('close', tell))
}

function findTarget(exchange: Exchange, routes: PathTree<Route>, { method, url }: Request): void {
  const queryAt = url.indexOf('?')
  const path = queryAt < 0 ? url : url.slice(0, queryAt)
  const query = queryAt < 0 ? '' : url.slice(queryAt)
  const match = routes.match(path)
  if (!match) return
  exchange.route = match.value
  exchange.target = match.value.targets.get(method)
  if (exchange.target) exchange.upstreamUrl = exchange.target.servicePath(path, match.segments) + query
}
