import http from 'node:http'
import { createLog } from '@duka/kit'
import { eventually } from '@duka/testkit'
import { ask, expectProblem, sendBytes, startFakeService, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeEach(async () => {
  gateway = await startGateway({ upstreamTimeoutMs: 500 })
})
afterEach(() => gateway.stop())

test('a service that is down is a 503, and comes back by itself', async () => {
  const { product } = gateway.services
  expect((await ask(gateway, '/api/products')).status).toBe(200)
  await product.stop()
  const answer = await ask(gateway, '/api/products?secret=1')
  expectProblem(answer, 503, 'service_unavailable')
  expect(answer.headers['retry-after']).toBe('2')
  expectProblem(await ask(gateway, '/api/products', { method: 'POST', body: '{"a":1}' }), 503, 'service_unavailable')
  expect((await ask(gateway, '/api/cart')).status).toBe(200)

  gateway.services.product = await startFakeService('product', product.port)
  expect((await ask(gateway, '/api/products')).status).toBe(200)
})

test('a name that does not resolve tells nobody what it was', async () => {
  await gateway.stop()
  const addresses = ['http://cart.invalid:3005']
  const serviceUrls = { auth: addresses, product: addresses, order: addresses, payment: addresses, cart: addresses }
  gateway = await startGateway({ serviceUrls })
  const answer = await ask(gateway, '/api/cart')
  expectProblem(answer, 503, 'service_unavailable')
  expect(answer.body.toString()).not.toContain('invalid')
})

test('a service that says nothing is a 504', async () => {
  gateway.services.payment.answer = () => undefined
  const answer = await ask(gateway, '/api/payments/mpesa', { method: 'POST', body: '{}' })
  expectProblem(answer, 504, 'upstream_timeout')
  expect(answer.headers['retry-after']).toBe('2')
})

test('a service that hangs up is a 503', async () => {
  gateway.services.order.answer = (request) => request.socket.destroy()
  expectProblem(await ask(gateway, '/api/orders', { method: 'POST', body: '{}' }), 503, 'service_unavailable')
})

test('a service that does not speak HTTP is a 502', async () => {
  gateway.services.order.answer = (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n')
  expectProblem(await ask(gateway, '/api/orders'), 502, 'bad_gateway')
})

test('half an answer never looks like a whole one', async () => {
  gateway.services.product.answer = (_request, response) => {
    response.write('{"products":[')
    setImmediate(() => response.destroy())
  }
  await expect(ask(gateway, '/api/products')).rejects.toThrow(/aborted|hang up/)
  expect((await ask(gateway, '/api/cart')).status).toBe(200)
})

test('an answer that stops in the middle is cut when the time is up', async () => {
  gateway.services.product.answer = (_request, response) => void response.write('{"products":[')
  await expect(ask(gateway, '/api/products')).rejects.toThrow(/aborted|hang up/)
})

test('when too many wait for one service the next is refused at once, and other services go on', async () => {
  await gateway.stop()
  gateway = await startGateway({ places: { maxWaiting: 3 } })
  const waiting: http.ServerResponse[] = []
  gateway.services.cart.answer = (_request, response) => void waiting.push(response)
  const first = [1, 2, 3].map((n) => ask(gateway, `/api/cart?n=${n}`))
  await eventually('three requests at the service', async () => waiting.length === 3)
  expectProblem(await ask(gateway, '/api/cart'), 503, 'service_unavailable')
  expect((await ask(gateway, '/api/orders')).status).toBe(200)
  for (const response of waiting) response.end('{}')
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200])
  gateway.services.cart.answer = (_request, response) => void response.end('{}')
  expect((await ask(gateway, '/api/cart')).status).toBe(200)
})

test('a client that goes away takes its request to the service with it', async () => {
  let cut = false
  let arrived = false
  gateway.services.order.answer = (_request, response) => {
    arrived = true
    response.on('close', () => {
      cut = true
    })
  }
  const request = http.get({ host: '127.0.0.1', port: gateway.port, path: '/api/orders', agent: false })
  request.on('error', () => undefined)
  await eventually('the request at the service', async () => arrived)
  request.destroy()
  await eventually('the request cut at the service', async () => cut)
})

test('connections to a service are used again', async () => {
  const ports = new Set<number | undefined>()
  gateway.services.product.answer = (request, response) => {
    ports.add(request.socket.remotePort)
    response.end('{}')
  }
  for (let round = 0; round < 5; round++) await ask(gateway, '/api/products')
  expect(ports.size).toBe(1)
})

test('a WebSocket handshake is answered as a plain request', async () => {
  const head = 'GET /api/products HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n'
  const answer = await sendBytes(
    gateway,
    `${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(gateway.seen()[0]?.headers.upgrade).toBeUndefined()
})

describe('the log', () => {
  function keepLines() {
    const log = createLog('gateway', 'http')
    for (const transport of log.transports) transport.silent = true
    const lines: Record<string, unknown>[] = []
    log.on('data', (line: Record<string, unknown>) => lines.push(line))
    return { log, lines }
  }

  test('has one line per request that names the route, never the URL', async () => {
    await gateway.stop()
    const { log, lines } = keepLines()
    gateway = await startGateway({ log })
    const headers = { 'X-Request-Id': 'request-1' }
    await ask(gateway, '/api/webhook/m/deadbeefdeadbeef?key=hidden', { method: 'POST', headers, body: '{}' })
    await ask(gateway, '/api/nothing/deadbeefdeadbeef', { headers })
    await eventually('two lines', async () => lines.length >= 2)
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'http',
        event: 'request',
        requestId: 'request-1',
        method: 'POST',
        path: '/api/webhook/m/:token',
        status: 200,
        ms: expect.any(Number),
        upstream: 'payment',
      }),
      expect.objectContaining({ event: 'request', path: null, status: 404, upstream: null }),
    ])
    expect(JSON.stringify(lines)).not.toMatch(/deadbeef|hidden/)
  })

  test('says which service failed and how, with the request id', async () => {
    await gateway.stop()
    const { log, lines } = keepLines()
    gateway = await startGateway({ log })
    await gateway.services.payment.stop()
    await ask(gateway, '/api/webhook/m/deadbeef', {
      method: 'POST',
      headers: { 'X-Request-Id': 'request-2' },
      body: '{}',
    })
    expect(lines[0]).toMatchObject({
      level: 'warn',
      event: 'address_out',
      target: 'payment',
      address: new URL(gateway.services.payment.url).host,
      reason: 'ECONNREFUSED',
    })
    expect(lines[1]).toMatchObject({
      level: 'error',
      event: 'request_failed',
      requestId: 'request-2',
      target: 'payment',
      reason: 'ECONNREFUSED',
    })
    expect(JSON.stringify(lines)).not.toContain('deadbeef')
  })
})
