import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { lagHeader } from '@duka/kit/lag'
import type { Response } from 'express'
import { noteSeen } from './allow-lag'
import { clientOf, exchangeOf } from './exchange'
import type { FairBound } from './fair-bound'
import { countSentAway } from './sent-away'

/** Meant for the connection to the service only (RFC 9110, 7.6.1); Node frames the answer to the client anew. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-powered-by',
  // For the gateway itself.
  lagHeader,
])

/**
 * Streams a service's answer to the client as it is. Headers that the gateway has set itself stay the gateway's, and
 * it alone says which origins may read an answer.
 */
export function relayAnswer(answer: IncomingMessage, response: Response, readers: FairBound): void {
  const exchange = exchangeOf(response)
  exchange.place?.giveBack()
  if (exchange.keeper?.take(answer)) return
  boundReading(response, readers)
  // Half an answer must not look like a whole one.
  answer.once('error', () => response.destroy())
  const relay = () => {
    if (response.destroyed) return
    response.statusCode = answer.statusCode ?? 502
    copyHeaders(ownHeaders(answer.headers), response)
    answer.pipe(response)
  }
  const noted = noteSeen(answer, response)
  if (noted) void noted.then(relay)
  else relay()
}

const sentAway = countSentAway('answer')

/** One who reads slowly holds a connection to the service, and no place any more: there is a bound on all who read. */
function boundReading(response: Response, readers: FairBound): void {
  const sendAway = () => {
    sentAway.inc()
    // Also of a response whose turn has not come on a connection that is read slowly.
    response.req.socket.destroy()
  }
  const held = { client: clientOf(exchangeOf(response)), weight: 1, sendAway }
  readers.add(held)
  response.once('close', () => readers.remove(held))
}

/** The headers of a service's answer that are for its client. */
export function ownHeaders(headers: IncomingHttpHeaders): [name: string, value: string | string[]][] {
  const own: [string, string | string[]][] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && !hopByHop.has(name) && !name.startsWith('access-control-')) own.push([name, value])
  }
  return own
}

/** Those that the gateway has set already stay as they are. */
export function copyHeaders(headers: readonly [name: string, value: string | string[]][], response: Response): void {
  for (const [name, value] of headers) {
    if (name === 'vary') response.vary(String(value))
    else if (!response.hasHeader(name)) response.setHeader(name, value)
  }
}
