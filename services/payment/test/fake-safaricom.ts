import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDarajaSimulator } from '@duka/daraja-simulator'

/** The API user that gives money back; the simulator takes any credential of an RSA key's length. */
export const initiator = {
  name: 'testapi',
  credential: Buffer.alloc(256, 7).toString('base64'),
  payoutShortcode: '174379',
}

export const merchant = {
  consumerKey: 'test-key',
  consumerSecret: 'test-consumer-secret',
  shortcode: '174379',
  passkey: 'test-passkey-0123456789',
}

export async function listen(handler: RequestListener) {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** Safaricom's simulator on a port; phones wait for the test's hand, and a strict one also minds clocks and references. */
export async function startSimulator(strict = false) {
  const switches = { auto: { delayMs: 0, followUpMs: 0 } }
  const simulator = createDarajaSimulator({ ...merchant, name: 'DUKA', strict, switches })
  const { url, stop } = await listen(simulator.app)
  return {
    url,
    control: simulator.control,
    async stop() {
      await stop()
      simulator.close()
    },
  }
}

type Json = Record<string, unknown>

/** An answer of the wire: a status with a body, or what happens to the connection instead. */
export type WireAnswer = { status: number; body: unknown } | 'destroy' | 'hang' | 'trickle'

export const tokenAnswer = (token: string): WireAnswer => ({
  status: 200,
  body: { access_token: token, expires_in: '3599' },
})

export const acceptedAnswer = (checkoutRequestId: string): WireAnswer => ({
  status: 200,
  body: { MerchantRequestID: 'm-1', CheckoutRequestID: checkoutRequestId, ResponseCode: '0' },
})

export const fault = (status: number, errorCode: string, errorMessage: string): WireAnswer => ({
  status,
  body: { requestId: 'r-1', errorCode, errorMessage },
})

/** A Safaricom that answers whatever a test wants, and remembers what it was asked. */
export async function startWire() {
  const wire = {
    tokens: [] as string[],
    pushes: [] as { body: Json; authorization: string }[],
    queries: [] as Json[],
    token: (count: number): WireAnswer => tokenAnswer(`token-${count}`),
    push: (_body: Json, _authorization: string): WireAnswer => acceptedAnswer(`ws_CO_${randomUUID()}`),
    query: (_body: Json): WireAnswer => fault(500, '500.001.1001', 'The transaction is being processed'),
  }
  const { url, stop } = await listen(async (request, response) => {
    const body = await readBody(request)
    const authorization = request.headers.authorization ?? ''
    if (request.url?.startsWith('/oauth')) {
      wire.tokens.push(authorization)
      return write(wire.token(wire.tokens.length), request, response)
    }
    if (request.url?.includes('stkpushquery')) {
      wire.queries.push(body)
      return write(wire.query(body), request, response)
    }
    wire.pushes.push({ body, authorization })
    write(wire.push(body, authorization), request, response)
  })
  return Object.assign(wire, { url, stop })
}

async function readBody(request: IncomingMessage): Promise<Json> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? (JSON.parse(text) as Json) : {}
}

function write(answer: WireAnswer, request: IncomingMessage, response: ServerResponse): void {
  if (answer === 'hang') return
  if (answer === 'destroy') return void request.socket.destroy()
  if (answer === 'trickle') return void trickle(response)
  response.statusCode = answer.status
  response.setHeader('content-type', 'application/json')
  response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
}

/** A byte now and then, for ever. */
function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 100)
  response.on('close', () => clearInterval(timer))
}
