import type { IncomingMessage } from 'node:http'
import type { Response } from 'express'
import { exchangeOf } from './exchange'

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
])

/**
 * Streams a service's answer to the client as it is. Headers that the gateway has set itself stay the gateway's, and
 * it alone says which origins may read an answer.
 */
export function relayAnswer(answer: IncomingMessage, response: Response): void {
  const exchange = exchangeOf(response)
  exchange.lane?.answered(exchange)
  response.statusCode = answer.statusCode ?? 502
  for (const name in answer.headers) {
    const value = answer.headers[name]
    if (value === undefined || hopByHop.has(name) || name.startsWith('access-control-')) continue
    if (name === 'vary') response.vary(String(value))
    else if (!response.hasHeader(name)) response.setHeader(name, value)
  }
  // Half an answer must not look like a whole one.
  answer.once('error', () => response.destroy())
  answer.pipe(response)
}
