import { once } from 'node:events'
import http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { closeServer } from '@duka/kit'
import { silentLog, testJwks } from '@duka/testkit'
import { createGateway } from '../src/app'
import { listenToClients } from '../src/listen-to-clients'
import type { GatewayOptions, UpstreamName } from '../src/options'

/** What a service got from the gateway. */
export interface Seen {
  service: string
  method: string
  url: string
  headers: http.IncomingHttpHeaders
  body: Buffer
}

export interface FakeService {
  url: string
  port: number
  seen: Seen[]
  /** How often it was asked whether it is ready, which is apart: who knew this port before may still ask. */
  probes: number
  /** Replaces what it answers. */
  answer: http.RequestListener
  stop(): Promise<void>
}

/** A service that keeps what it gets; by default it answers with its name, method and URL. */
export async function startFakeService(name: string, port = 0): Promise<FakeService> {
  const server = http.createServer(async (request, response) => {
    if (fake.answer !== answerName) return fake.answer(request, response)
    const body = await buffer(request).catch(() => undefined)
    // The gateway gave up, because its client did.
    if (!body) return
    const { method = '', url = '', headers } = request
    if (url === '/ready') fake.probes++
    else fake.seen.push({ service: name, method, url, headers, body })
    answerName(request, response)
  })
  function answerName(request: http.IncomingMessage, response: http.ServerResponse): void {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ service: name, method: request.method, url: request.url }))
  }
  // As services do, and for longer than any test.
  server.keepAliveTimeout = 65_000
  const fake: FakeService = { url: '', port: 0, seen: [], probes: 0, answer: answerName, stop: () => stopNow(server) }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  fake.port = (server.address() as AddressInfo).port
  fake.url = `http://127.0.0.1:${fake.port}`
  return fake
}

function stopNow(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export const upstreamNames: UpstreamName[] = ['auth', 'product', 'cart', 'order', 'payment']

export interface TestGateway {
  url: string
  port: number
  server: http.Server
  services: Record<UpstreamName, FakeService>
  /** All that reached any service. */
  seen(): Seen[]
  stop(): Promise<void>
}

/** A gateway in front of five fake services. */
export async function startGateway(options: Partial<GatewayOptions> = {}, wantedPort = 0): Promise<TestGateway> {
  const started = await Promise.all(upstreamNames.map(async (name) => [name, await startFakeService(name)] as const))
  const services = Object.fromEntries(started) as Record<UpstreamName, FakeService>
  const urls = Object.fromEntries(started.map(([name, { url }]) => [name, [url]])) as Record<UpstreamName, string[]>
  const app = createGateway({ log: silentLog, serviceUrls: urls, rateLimitFactor: 1000, ...options })
  const server = await listenToClients(app, wantedPort, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    services,
    seen: () => Object.values(services).flatMap(({ seen }) => seen),
    async stop() {
      await closeServer(server, { drainMs: 0 })
      await Promise.all(Object.values(services).map((service) => service.stop()))
    },
  }
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  rawHeaders: string[]
  body: Buffer
  json(): Record<string, unknown>
}

interface Ask {
  method?: string
  headers?: http.OutgoingHttpHeaders
  body?: Buffer | Buffer[] | string
}

/** One request with the path as it is given: clients such as fetch tidy it up first. A list of bodies goes in chunks. */
export function ask(gateway: { port: number }, path: string, { method = 'GET', headers, body }: Ask = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: gateway.port, method, path, headers, agent: false })
    request.on('error', reject)
    request.on('response', async (response) => {
      try {
        const bytes = await buffer(response)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: bytes,
          json: () => JSON.parse(bytes.toString()) as Record<string, unknown>,
        })
      } catch (error) {
        reject(error)
      }
    })
    for (const chunk of Array.isArray(body) ? body : []) request.write(chunk)
    request.end(Array.isArray(body) ? undefined : body)
  })
}

export interface OpenConnection {
  socket: Socket
  /** All that came so far. */
  received(): string
}

/** A bare connection that sends bytes, and stays as it is. */
export function openConnection(gateway: { port: number }, bytes: string): OpenConnection {
  let received = ''
  const socket = connect(gateway.port, '127.0.0.1')
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
  socket.write(bytes, 'latin1')
  return { socket, received: () => received }
}

/** Requests of one client of which a byte of the body came, and no more; the gateway has seen each of them, in order. */
export async function sendSlowly(gateway: { port: number }, count: number, path: string, headers: string[]) {
  const head = [`POST ${path} HTTP/1.1`, 'Host: shop', 'Expect: 100-continue', 'Content-Length: 40', ...headers]
  const bytes = `${head.join('\r\n')}\r\n\r\n{`
  const opened: OpenConnection[] = []
  for (let sent = 0; sent < count; sent++) {
    const connection = openConnection(gateway, bytes)
    await once(connection.socket, 'data')
    opened.push(connection)
  }
  return opened
}

/** Lets the gateway find out who is signed in. */
export function showKeys(auth: FakeService): void {
  const { answer } = auth
  auth.answer = (request, response) => {
    if (request.url === '/.well-known/jwks.json') response.end(JSON.stringify(testJwks))
    else answer(request, response)
  }
}

export function countConnections({ server }: TestGateway): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))
}

/** Sends bytes over a bare connection and gives all that comes back until the other side closes it. */
export function sendBytes(gateway: { port: number }, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    buffer(socket).then((answer) => resolve(answer.toString('latin1')), reject)
  })
}

/** Every problem document says this much, and nothing about what is behind the gateway. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.json()).toMatchObject({
    type: 'about:blank',
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    requestId: answer.headers['x-request-id'],
  })
  expect(answer.body.toString()).not.toMatch(/127\.0\.0\.1|localhost|ECONN|\/api\//)
}
