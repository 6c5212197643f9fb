import { ask, sendBytes, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

/** What is answered to a request with these header lines and no others. */
async function send(lines: string[], start = 'GET /api/orders HTTP/1.1') {
  const answer = await sendBytes(gateway, `${[start, ...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head, body }
}

function expectBareProblem({ status, head, body }: Awaited<ReturnType<typeof send>>, code: string): void {
  const [, requestId] = /^X-Request-Id: (\S+)/im.exec(head) ?? []
  expect(head).toMatch(/^Content-Type: application\/problem\+json/im)
  expect(requestId).toBeTruthy()
  expect(JSON.parse(body)).toMatchObject({ status, code, requestId })
  expect(gateway.seen()).toEqual([])
}

test.each([
  ['two hosts', ['Host: shop', 'Host: evil']],
  ['one host twice', ['Host: shop', 'host: shop']],
  ['no host', []],
  ['a host that is a list', ['Host: shop, evil']],
  ['a host that is a path', ['Host: shop/evil']],
  ['a host and somebody at it', ['Host: evil@shop']],
  ['two tokens', ['Host: shop', 'Authorization: Bearer a', 'authorization: Bearer b']],
  ['two types', ['Host: shop', 'Content-Type: application/json', 'Content-Type: text/plain']],
  ['two lengths', ['Host: shop', 'Content-Length: 0', 'Content-Length: 0']],
  ['two encodings', ['Host: shop', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
])('%s: a problem document with an id, and no service hears of it', async (_name, lines) => {
  const answer = await send(lines)
  expect(answer.status).toBe(400)
  expectBareProblem(answer, 'invalid_request')
})

test.each(['shop', 'shop:5000', '[::1]:5000', '192.0.2.1', ''])('the host %j is one', async (host) => {
  expect((await send([`Host: ${host}`], 'GET /health HTTP/1.1')).status).toBe(200)
})

test('HTTP/1.0 knows no host', async () => {
  expect((await send([], 'GET /health HTTP/1.0')).status).toBe(200)
})

test('Expect: evil is a 417 with an id, after which the connection closes', async () => {
  const start = 'POST /api/orders HTTP/1.1\r\nHost: shop\r\nX-Request-Id: request-1\r\nContent-Length: 2\r\n'
  const [head = '', body = ''] = (await sendBytes(gateway, `${start}Expect: evil\r\n\r\n`)).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 417 .*^X-Request-Id: request-1\r\n.*^Connection: close\r\n/ims)
  expectBareProblem({ status: 417, head, body }, 'expectation_failed')
})

test('an expectation beside 100-continue, to which Node agrees, is refused all the same', async () => {
  const answer = await sendBytes(
    gateway,
    'GET /api/orders HTTP/1.1\r\nHost: shop\r\nExpect: evil, 100-continue\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 100 .*HTTP\/1\.1 417 .*"expectation_failed"/s)
})

test('CONNECT is a 405 with an id', async () => {
  const answer = await send(['Host: shop:443'], 'CONNECT shop:443 HTTP/1.1')
  expect(answer.status).toBe(405)
  expect(answer.head).toContain('Allow: GET, HEAD, POST, PUT, PATCH, DELETE')
  expectBareProblem(answer, 'method_not_allowed')
})

test('a repeated header that may be a list stays one', async () => {
  const headers = { Accept: ['application/json', 'text/csv'], 'If-None-Match': ['"a"', '"b"'] }
  expect((await ask(gateway, '/api/orders', { headers })).status).toBe(200)
  expect(gateway.seen()).toMatchObject([{ headers: { 'if-none-match': '"a", "b"' } }])
  gateway.services.order.seen.splice(0)
})
