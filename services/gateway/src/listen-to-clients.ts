import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { newId } from '@duka/kit/context'
import { Problem } from '@duka/kit/errors'
import { listen } from '@duka/kit/listen'
import { newTrace } from '@duka/kit/trace'
import type { Express } from 'express'

const maxHeaderBytes = 16_384
/** A client that neither sends nor reads; longer than any service may think. */
const idleClientMs = 60_000
/** Long enough to read why it is sent away; one that does not hang up then must not keep its connection. */
const lingerMs = 2_000
/** How often Node looks for requests that take too long to arrive. */
const checkSlowClientsMs = 1_000

/** Listens to clients who may be slow, broken or worse. */
export async function listenToClients(app: Express, port: number, host: string): Promise<Server> {
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    connectionsCheckingInterval: checkSlowClientsMs,
    // Refused with a problem document instead (refuse-ambiguous.ts).
    requireHostHeader: false,
  }
  const server = await listen(app, port, host, limits)
  server.timeout = idleClientMs
  server.on('clientError', refuse)
  server.on('connect', (_request, socket) => answerAtLast(socket, noTunnel()))
  return server
}

/** What Node could not read as HTTP, and so never became a request. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: { headersSent: boolean } }): void {
  // Node's own handler looks at _httpMessage too: an answer that has begun must not get another one into its middle.
  if (!socket.writable || error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
    socket.destroy()
    return
  }
  answerAtLast(socket, problemOf(error.code))
}

function answerAtLast(socket: Duplex, problem: Problem): void {
  socket.on('error', () => undefined).end(serialize(problem))
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

/** Node would hang up without a word. */
function noTunnel(): Problem {
  return new Problem(405, 'method_not_allowed', 'CONNECT is for proxies.', {
    headers: { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE' },
  })
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem(431, 'headers_too_large', `Headers may have at most ${maxHeaderBytes} bytes in all.`)
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem(408, 'request_timeout', 'The request came too slowly.')
  return new Problem(400, 'invalid_request', 'This is not a valid HTTP request.')
}

function serialize(problem: Problem): string {
  const requestId = newId()
  const document = problem.toDocument(requestId, newTrace().traceId)
  const body = JSON.stringify(document)
  return [
    `HTTP/1.1 ${problem.status} ${document.title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
