import { Problem } from '@duka/kit/errors'
import { allowSlowBody } from '@duka/kit/slow-bodies'
import type { Request } from 'express'
import { exchangeOf } from './exchange'

/** What an endpoint takes that is made for files, or else what every body may have. */
function limitOf(request: Request, maxBytes: number): number {
  const target = request.res && exchangeOf(request.res).target
  return target?.maxBodyBytes ?? maxBytes
}

/** A file may come slowly from whoever is signed in. */
export function waitForFile(request: Request): void {
  const exchange = request.res && exchangeOf(request.res)
  if (exchange?.userId !== undefined && exchange.target?.maxBodyBytes !== undefined) allowSlowBody(request)
}

/** Throws where a body is too large by its own account, or framed in a way that could hide a second request in it. */
export function checkBody(request: Request, generalMaxBytes: number): void {
  const maxBytes = limitOf(request, generalMaxBytes)
  const encoding = request.headers['transfer-encoding']
  if (encoding !== undefined) checkEncoding(encoding, request.method)
  else if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

function checkEncoding(encoding: string, method: string): void {
  if (encoding.toLowerCase() !== 'chunked') {
    throw new Problem(400, 'invalid_body', 'The only Transfer-Encoding that is understood here is chunked.')
  }
  // http-proxy takes the chunking off a DELETE and sends the bytes all the same: the service would read them as the
  // next request on that connection.
  if (method === 'DELETE') {
    throw new Problem(411, 'length_required', 'Send the body of a DELETE with a Content-Length, or none at all.')
  }
}

/** Counts a body of unknown length while it streams, and calls `refuse` once it is too large. */
export function countBody(request: Request, generalMaxBytes: number, refuse: (problem: Problem) => void): void {
  if (request.headers['transfer-encoding'] === undefined) return
  const maxBytes = limitOf(request, generalMaxBytes)
  let total = 0
  request.on('data', function count(chunk: Buffer) {
    total += chunk.length
    if (total <= maxBytes) return
    request.off('data', count)
    request.unpipe()
    // The rest is read and dropped, so that the client gets to read the answer.
    request.resume()
    refuse(tooLarge(maxBytes))
  })
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'payload_too_large', `A body may have at most ${maxBytes} bytes.`)
}
