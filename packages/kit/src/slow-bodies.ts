import type { IncomingMessage, Server } from 'node:http'

const patientWith = new WeakSet<IncomingMessage>()

/** A large file over a slow line: its body may take as long as the server waits for any. */
export function allowSlowBody(request: IncomingMessage): void {
  patientWith.add(request)
}

/** Sends clients away whose bodies take longer to arrive, but for those that may. Node has one limit for all requests. */
export function limitBodies(server: Server, timeoutMs: number): void {
  server.on('request', (request: IncomingMessage) => {
    if (!hasBody(request)) return
    const timer = setTimeout(() => {
      if (!request.complete && !patientWith.has(request)) refuse(server, request)
    }, timeoutMs)
    request.once('close', () => clearTimeout(timer))
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** As Node does with requests that come too slowly. */
function refuse(server: Server, { socket }: IncomingMessage): void {
  const error = Object.assign(new Error('The body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  if (!server.emit('clientError', error, socket)) socket.destroy()
}
