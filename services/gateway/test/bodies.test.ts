import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { productContract } from '@duka/contracts'
import { eventually } from '@duka/testkit'
import {
  ask,
  countConnections,
  expectProblem,
  openConnection,
  sendBytes,
  sendSlowly,
  startGateway,
  type TestGateway,
} from './support'

let gateway: TestGateway

beforeEach(async () => {
  gateway = await startGateway({ maxBodyBytes: 50_000 })
})
afterEach(() => gateway.stop())

const callback = '/api/payments/webhook/m/c0ffee'

test('a signed body arrives byte for byte, so that its signature still holds', async () => {
  const body = Buffer.from('{ "a" : 1.00,\r\n "b":"\u00e9\ud83d\ude00\\u0041" ,"a":2}\n')
  const sign = (bytes: Buffer) => createHmac('sha256', 'secret').update(bytes).digest('hex')
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': sign(body) }
  expect((await ask(gateway, callback, { method: 'POST', headers, body })).status).toBe(200)
  const [seen] = gateway.services.payment.seen
  expect(seen?.url).toBe('/api/webhook/m/c0ffee')
  expect(sign(seen?.body ?? Buffer.alloc(0))).toBe(seen?.headers['stripe-signature'])
  expect(seen?.headers['content-length']).toBe(String(body.length))
})

test.each([
  ['several pieces', [randomBytes(1), randomBytes(20_000), randomBytes(17)]],
  ['one piece', [randomBytes(20_000)]],
  ['none', []],
])('a chunked body of %s arrives byte for byte, with its length', async (_name, chunks) => {
  const headers = { 'Transfer-Encoding': 'chunked' }
  expect((await ask(gateway, callback, { method: 'POST', headers, body: chunks })).status).toBe(200)
  const [seen] = gateway.services.payment.seen
  const whole = Buffer.concat(chunks)
  expect(seen?.body.equals(whole)).toBe(true)
  expect(seen?.headers['transfer-encoding']).toBeUndefined()
  expect(seen?.headers['content-length']).toBe(String(whole.length))
})

test('what follows the last chunk is no part of the body', async () => {
  const head = 'POST /api/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n'
  const answer = await sendBytes(gateway, `${head}Trailer: X-A\r\n\r\n2\r\n{}\r\n0\r\nX-A: b\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(gateway.seen()).toMatchObject([{ body: Buffer.from('{}'), headers: { 'content-length': '2' } }])
  expect(gateway.seen()[0]?.headers['x-a']).toBeUndefined()
})

test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('the body of a %s arrives', async (method) => {
  const path = '/api/products/0198c0de-1111-7222-8333-444455556666'
  const body = '{"a":1}'
  await ask(gateway, path, { method, headers: { 'Content-Length': body.length }, body })
  expect(gateway.seen()).toMatchObject([{ method, body: Buffer.from(body), headers: { 'content-length': '7' } }])
})

test('a body that comes after its headers arrives, on a new connection to the service and on a used one', async () => {
  const head = 'POST /api/orders HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nExpect: 100-continue\r\n'
  for (let round = 0; round < 2; round++) {
    const { socket, received } = openConnection(gateway, `${head}Connection: close\r\n\r\n`)
    await once(socket, 'data')
    socket.write('{"a"')
    await once(socket, 'end')
    expect(received()).toContain('HTTP/1.1 200 ')
  }
  expect(gateway.seen().map(({ body }) => body.toString())).toEqual(['{"a"', '{"a"'])
})

test('of a body that its client does not finish, no service hears', async () => {
  const [connection] = await sendSlowly(gateway, 1, '/api/orders', [])
  connection?.socket.destroy()
  await eventually('it to be gone', async () => (await countConnections(gateway)) === 0)
  expect((await ask(gateway, '/api/orders')).status).toBe(200)
  expect(gateway.seen()).toMatchObject([{ method: 'GET' }])
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('a %s without a body stays one', async (method) => {
  const path = method === 'POST' ? '/api/products' : '/api/products/0198c0de-1111-7222-8333-444455556666'
  await sendBytes(gateway, `${method} ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`)
  const [seen] = gateway.seen()
  expect(seen).toMatchObject({ method, headers: { 'content-length': '0' } })
  expect(seen?.headers['transfer-encoding']).toBeUndefined()
})

test('a body as large as may be passes; one byte more is a 413 that reaches no service', async () => {
  const passes = await ask(gateway, '/api/orders', { method: 'POST', body: Buffer.alloc(50_000) })
  expect(passes.status).toBe(200)
  const answer = await ask(gateway, '/api/orders', { method: 'POST', body: Buffer.alloc(50_001) })
  expectProblem(answer, 413, 'payload_too_large')
  expect(gateway.seen()).toHaveLength(1)
})

test('an endpoint that takes files has a limit of its own, and hands them on as they come', async () => {
  const path = '/api/products/import'
  const headers = { 'Content-Type': 'text/csv' }
  for (const body of [Buffer.alloc(200_000), [Buffer.alloc(100_000), Buffer.alloc(100_000)]]) {
    expect((await ask(gateway, path, { method: 'POST', headers, body })).status).toBe(200)
    expect(gateway.services.product.seen.at(-1)?.body).toHaveLength(200_000)
  }
  const tooLarge = { ...headers, 'Content-Length': String(productContract.maxFileBytes + 1) }
  expectProblem(await ask(gateway, path, { method: 'POST', headers: tooLarge }), 413, 'payload_too_large')
})

test('a chunked body that grows too large is a 413, and no service hears of it', async () => {
  const body = [Buffer.alloc(40_000), Buffer.alloc(40_000), Buffer.alloc(400_000)]
  expectProblem(await ask(gateway, '/api/orders', { method: 'POST', body }), 413, 'payload_too_large')
  expect(gateway.seen()).toEqual([])
})

test('a chunked file that grows too large is a 413, and the service does not take it for whole', async () => {
  const ends: string[] = []
  gateway.services.product.answer = (request) => {
    request.resume()
    request.on('end', () => ends.push('whole'))
    request.on('error', () => ends.push('cut'))
  }
  const half = Buffer.alloc(productContract.maxFileBytes / 2)
  const body = [half, half, Buffer.alloc(1)]
  expectProblem(await ask(gateway, '/api/products/import', { method: 'POST', body }), 413, 'payload_too_large')
  await eventually('the end of it at the service', async () => ends.length > 0)
  expect(ends).toEqual(['cut'])
})

test('after a 413 the connection is still good', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const statusOf = (size: number, headers = {}) =>
    new Promise<number>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: gateway.port, path: '/api/orders', method: 'POST', agent, headers }
      const request = http.request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      request.on('error', reject)
      request.end(Buffer.alloc(size))
    })
  expect(await statusOf(60_000)).toBe(413)
  expect(await statusOf(60_000, { 'Transfer-Encoding': 'chunked' })).toBe(413)
  expect(await statusOf(10)).toBe(200)
  agent.destroy()
})

describe('two requests in one', () => {
  const inner = 'GET /api/internal/orders/1 HTTP/1.1\r\nHost: x\r\n\r\n'
  const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`

  test('a chunked DELETE is refused, for it would be sent on without its chunking', async () => {
    const head = 'DELETE /api/cart HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(await sendBytes(gateway, head + chunked)).toMatch(/^HTTP\/1\.1 411 .*"length_required"/s)
    expect(gateway.seen()).toEqual([])
  })

  test.each([
    ['both lengths', `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`],
    ['two lengths', `Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`],
    ['a length that is none', `Content-Length: +5\r\n\r\nabcde`],
    ['another coding', `Transfer-Encoding: gzip, chunked\r\n\r\n${chunked}`],
    ['a coding that is none', `Transfer-Encoding: xchunked\r\n\r\n${chunked}`],
    ['a space before the colon', `Transfer-Encoding : chunked\r\n\r\n${chunked}`],
    ['a folded header', `X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n${chunked}`],
    ['a bare line feed', `X-A: b\nTransfer-Encoding: chunked\r\n\r\n${chunked}`],
  ])('%s: nothing hidden reaches a service', async (_name, rest) => {
    const head = 'POST /api/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n'
    const answer = await sendBytes(gateway, head + rest)
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(gateway.seen()).toEqual([])
  })
})

test('Expect: 100-continue is answered here', async () => {
  const head =
    'POST /api/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n'
  expect(await sendBytes(gateway, `${head}\r\n{}`)).toMatch(/^HTTP\/1\.1 100 .*HTTP\/1\.1 200 /s)
  expect(gateway.seen()[0]?.body.toString()).toBe('{}')
})
