import { Problem } from '@duka/kit/errors'
import { allowSlowBody } from '@duka/kit/slow-bodies'
import type { Request } from 'express'
import type { Exchange } from './exchange'

export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** A file may come slowly from whoever is signed in. */
export function waitForFile(request: Request, { userId }: Exchange): void {
  if (userId !== undefined) allowSlowBody(request)
}

/** Throws where a body is too large by its own account, or framed in a way that could hide a second request in it. */
export function checkBody({ headers, method }: Request, maxBytes: number): void {
  const encoding = headers['transfer-encoding']
  if (encoding !== undefined) checkEncoding(encoding, method)
  else if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
}

function checkEncoding(encoding: string, method: string): void {
  if (encoding.toLowerCase() !== 'chunked') {
    throw new Problem(400, 'invalid_body', 'The only Transfer-Encoding that is understood here is chunked.')
  }
  // http-proxy takes the chunking off a DELETE and sends the bytes of its stream all the same: a service would read them
  // as the next request on that connection.
  if (method === 'DELETE') {
    throw new Problem(411, 'length_required', 'Send the body of a DELETE with a Content-Length, or none at all.')
  }
}

/** Counts a file of unknown length while it streams, and calls `refuse` once it is too large. */
export function countFile(request: Request, maxBytes: number, refuse: (problem: Problem) => void): void {
  if (request.headers['transfer-encoding'] === undefined) return
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

export function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'payload_too_large', `A body may have at most ${maxBytes} bytes.`)
}
