import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type Problem, RemoteUnavailable } from '@duka/kit/errors'
import { counter } from '@duka/kit/metrics'
import { hasAlready } from '@duka/kit/not-modified'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { exchangeOf } from './exchange'
import { createFlights, type Flight } from './flights'
import { ageOf, createKeptStore, type Kept } from './kept-store'
import { copyHeaders } from './relay-answer'

/** Sees a service's answer before the client does. */
export interface Keeper {
  /** True where it answers the client itself. */
  take(answer: IncomingMessage): boolean
  /** There is no answer. */
  fail(problem: Problem): void
}

const outcomes = counter({
  name: 'http_cache_requests_total',
  help: 'Reads that anybody may make: answered from the cache, asked for, waiting for the same one, or past the cache.',
  labels: ['outcome'],
})
const hit = outcomes.with('hit')
const miss = outcomes.with('miss')
const sharedFlight = outcomes.with('shared_flight')
const bypass = outcomes.with('bypass')

interface Caller {
  request: Request
  response: Response
  next: NextFunction
  /** As they came. */
  headers: IncomingHttpHeaders
}

const maxKeyLength = 2_000

/** A request with one of these is about its sender, about a part of a thing or about a state of it, or has a body. */
const notShared = [
  'authorization',
  'cookie',
  'x-cart-token',
  'range',
  'if-match',
  'if-unmodified-since',
  'content-length',
  'transfer-encoding',
]

/**
 * A shared cache (RFC 9111) of what services call public: kept for as long as they say, counted from the request that it
 * answers. Who asks for the same meanwhile waits for that one answer.
 */
export function keepPublic(now: () => number): RequestHandler {
  const store = createKeptStore(now)
  const flights = createFlights<Caller>(now)

  function serve(caller: Caller, key: string): void {
    const { request, response, headers, next } = caller
    if (response.destroyed) return
    const found = store.find(key, headers)
    const asksAnew = headers['cache-control'] !== undefined || headers.pragma !== undefined
    if (typeof found === 'object') {
      hit.inc()
      send(caller, found, ageOf(found, now()))
    } else if (found === 'pass' || request.method === 'HEAD') {
      bypass.inc()
      next()
    } else if (asksAnew || !flights.join(key, caller)) {
      miss.inc()
      lead(caller, key)
    } else sharedFlight.inc()
  }

  /** Asks the service, for this caller and for those who come meanwhile. */
  function lead(caller: Caller, key: string): void {
    const { request, response, headers, next } = caller
    const flight = flights.start(key)
    exchangeOf(response).keeper = {
      take: (answer) => take(answer, caller, key, flight),
      fail: (problem) => flight.land((waiting) => waiting.next(problem)),
    }
    // Where the caller went away first, one of the others asks.
    response.once('close', () => flight.land((waiting) => serve(waiting, key)))
    request.headers = withoutConditions(headers)
    next()
  }

  function take(answer: IncomingMessage, caller: Caller, key: string, flight: Flight<Caller>): boolean {
    const judged = store.judge(answer, caller.headers, flight.startedAt)
    if (!judged) {
      store.pass(key)
      flight.land((waiting) => waiting.next())
      return false
    }
    collect(answer).then(
      (body) => {
        const kept = { ...judged, body }
        if (flight.isLatest()) store.set(key, kept)
        flight.land((waiting) => send(waiting, kept, ageOf(kept, now())))
        caller.request.headers = caller.headers
        send(caller, kept, kept.ageMs)
      },
      () => failCut(caller, flight),
    )
    return true
  }

  /** A write that succeeded may have changed what was kept under its own path (RFC 9111, 4.4). */
  function forgetWritten(response: Response, path: string): void {
    const take = ({ statusCode = 0 }: IncomingMessage) => {
      if (statusCode < 400) {
        store.forget(path)
        flights.forget(path)
      }
      return false
    }
    exchangeOf(response).keeper = { take, fail: () => undefined }
  }

  return (request, response, next) => {
    const { route, target, upstreamUrl } = exchangeOf(response)
    const { method, headers } = request
    if (!target || upstreamUrl.length > maxKeyLength) return next()
    const key = `${target.service} ${upstreamUrl}`
    const isRead = method === 'GET' || method === 'HEAD'
    if (isRead && target.isOpen) {
      if (notShared.every((name) => headers[name] === undefined))
        return serve({ request, response, next, headers }, key)
      bypass.inc()
    }
    if (!isRead && route?.targets.get('GET')?.isOpen) forgetWritten(response, key.replace(/\?.*/s, ''))
    next()
  }
}

function failCut({ response, next }: Caller, flight: Flight<Caller>): void {
  // Its own client went away: the others were seen to already.
  if (response.destroyed) return
  const { target, timedOut } = exchangeOf(response)
  const problem = new RemoteUnavailable(target?.service ?? 'unknown', true, timedOut, 'the answer was cut')
  flight.land((waiting) => waiting.next(problem))
  next(problem)
}

/** Rejects where the answer breaks off. */
async function collect(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The age is told in whole seconds, rounded up, so that no cache before this one keeps the answer for longer. */
function send({ request, response }: Caller, kept: Kept, ageMs: number): void {
  if (response.destroyed) return
  copyHeaders(kept.headers, response)
  if (ageMs > 0) response.setHeader('Age', Math.ceil(ageMs / 1000))
  if (!hasAlready(request.headers['if-none-match'], response.get('ETag'))) {
    response.end(kept.body)
    return
  }
  response.removeHeader('Content-Length')
  response.removeHeader('Content-Type')
  response.status(304).end()
}

/** The service is to send the whole answer, for all; whether this client has it already is seen to here. */
function withoutConditions(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'if-none-match': _tag, 'if-modified-since': _time, ...rest } = headers
  return rest
}
