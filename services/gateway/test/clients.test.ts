import { connect } from 'node:net'
import { eventually } from '@duka/testkit'
import { ask, sendBytes, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.stop())

test.each([
  ['headers without end', `X-Long: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['a header that is none', 'X-A\r\n\r\n', 400, 'invalid_request'],
])('%s: a problem document, then the connection closes', async (_name, rest, status, code) => {
  const answer = await sendBytes(gateway, `GET /api/products HTTP/1.1\r\nHost: shop\r\n${rest}`)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head).toContain('Content-Type: application/problem+json')
  expect(head).toContain(`Content-Length: ${body.length}`)
  expect(JSON.parse(body)).toMatchObject({ status, code, requestId: expect.any(String) })
  expect(gateway.seen()).toEqual([])
})

test('a client that is too slow to say what it wants is sent away', async () => {
  gateway.server.headersTimeout = 100
  const answer = await sendBytes(gateway, 'GET /api/products HTTP/1.1\r\nHost: sh')
  expect(answer).toMatch(/^HTTP\/1\.1 408 .*"request_timeout"/s)
})

test('one that is sent away and does not hang up is cut all the same', async () => {
  gateway.server.headersTimeout = 100
  const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined).write('GET /api/products HTTP/1.1\r\nHost: sh')
  const count = () => new Promise<number>((resolve) => gateway.server.getConnections((_error, open) => resolve(open)))
  await eventually('it to be there', async () => (await count()) === 1)
  await eventually('it to be cut', async () => (await count()) === 0)
  socket.destroy()
})

test('a client that neither sends nor reads is cut', async () => {
  gateway.server.timeout = 100
  expect(await sendBytes(gateway, '')).toBe('')
})

test('every limit on clients is set', () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = gateway.server
  expect({ headersTimeout, requestTimeout, keepAliveTimeout, timeout }).toEqual({
    headersTimeout: 20_000,
    requestTimeout: 600_000,
    keepAliveTimeout: 65_000,
    timeout: 60_000,
  })
})

test('several requests sent at once over one connection are answered in order', async () => {
  const get = (page: number, connection: string) =>
    `GET /api/products?page=${page} HTTP/1.1\r\nHost: shop\r\nConnection: ${connection}\r\n\r\n`
  const answer = await sendBytes(gateway, get(1, 'keep-alive') + get(2, 'keep-alive') + get(3, 'close'))
  expect([...answer.matchAll(/page=(\d)/g)].map(([, page]) => page)).toEqual(['1', '2', '3'])
})

test('an HTTP/1.0 client gets a whole answer and a closed connection', async () => {
  const answer = await sendBytes(gateway, 'GET /api/products HTTP/1.0\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*Connection: close.*"service":"product"/s)
})

test('a request that runs when the gateway stops is answered', async () => {
  let release = () => undefined as unknown
  const arrived = new Promise<void>((resolve) => {
    gateway.services.order.answer = (_request, response) => {
      release = () => response.end('{"done":true}')
      resolve()
    }
  })
  const running = ask(gateway, '/api/orders')
  await arrived
  const stopped = gateway.stop()
  release()
  expect((await running).json()).toEqual({ done: true })
  await stopped
  gateway = await startGateway()
})
