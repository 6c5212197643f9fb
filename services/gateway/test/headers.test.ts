import { ask, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.stop())

function seenHeaders() {
  return gateway.seen()[0]?.headers ?? {}
}

test('what a client says of itself and of its way here is not believed', async () => {
  await ask(gateway, '/api/orders', {
    headers: {
      Host: 'shop.example',
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Port': '1',
      'X-Forwarded-Prefix': '/evil',
      Forwarded: 'for=6.6.6.6',
      'X-Real-IP': '6.6.6.6',
      'True-Client-IP': '6.6.6.6',
      'X-User-Id': 'admin',
      'X-User-Role': 'admin',
      x_user_id: 'admin',
      X_Forwarded_For: '6.6.6.6',
      Any_Thing: 'x',
    },
  })
  const headers = seenHeaders()
  expect(headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.example',
    host: gateway.services.order.url.slice('http://'.length),
  })
  expect(JSON.stringify(headers)).not.toMatch(/6\.6\.6\.6|evil|admin|_/i)
})

test('what is meant for the connection to the gateway ends there', async () => {
  await ask(gateway, '/api/cart', {
    headers: {
      Connection: 'keep-alive, X-Secret-Hop, Content-Length, Upgrade',
      'X-Secret-Hop': 'x',
      'Keep-Alive': 'timeout=1',
      'Proxy-Authorization': 'Basic x',
      'Proxy-Connection': 'close',
      TE: 'trailers',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'x',
    },
  })
  expect(Object.keys(seenHeaders()).sort()).toEqual([
    'connection',
    'host',
    'traceparent',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-request-id',
  ])
  expect(seenHeaders().connection).toBe('keep-alive')
})

test('everything else of a request arrives', async () => {
  const headers = {
    authorization: 'Bearer abc',
    'idempotency-key': 'k-1',
    'x-cart-token': 't',
    'if-none-match': '"a"',
    'stripe-signature': 't=1,v1=abc',
    cookie: 'a=b; c=d',
    accept: 'application/json',
  }
  await ask(gateway, '/api/cart', { headers })
  expect(seenHeaders()).toMatchObject(headers)
})

test.each([
  [0, '9.9.9.9, 8.8.8.8', '127.0.0.1', 'http'],
  [1, '9.9.9.9, 8.8.8.8', '8.8.8.8', 'https'],
  [2, '9.9.9.9, 8.8.8.8', '9.9.9.9', 'https'],
  [3, '7.7.7.7, 9.9.9.9, 8.8.8.8', '7.7.7.7', 'https'],
  [1, '9.9.9.9:4711', '9.9.9.9', 'https'],
  [1, '[2001:db8::1]:4711', '2001:db8::1', 'https'],
  [1, '2001:db8::1', '2001:db8::1', 'https'],
  [1, '::ffff:9.9.9.9', '9.9.9.9', 'https'],
  [1, 'unknown', '127.0.0.1', 'https'],
])('behind %i trusted proxies, of %s the client is %s', async (trustedHops, chain, client, proto) => {
  await gateway.stop()
  gateway = await startGateway({ trustedHops })
  await ask(gateway, '/api/cart', { headers: { 'X-Forwarded-For': chain, 'X-Forwarded-Proto': 'https' } })
  expect(seenHeaders()).toMatchObject({ 'x-forwarded-for': client, 'x-forwarded-proto': proto })
})

describe('X-Request-Id', () => {
  test('a sane one is kept, passed on, and answered once', async () => {
    gateway.services.product.answer = (request, response) => {
      response.setHeader('X-Request-Id', 'from-upstream').end(String(request.headers['x-request-id']))
    }
    const answer = await ask(gateway, '/api/products', { headers: { 'X-Request-Id': 'client-id-42' } })
    expect(answer.body.toString()).toBe('client-id-42')
    expect(answer.rawHeaders.filter((_, at) => /^x-request-id$/i.test(answer.rawHeaders[at - 1] ?? ''))).toEqual([
      'client-id-42',
    ])
  })

  test.each(['', 'has a space in it', 'x'.repeat(129), '{"$gt":""}aaa'])('%j is replaced', async (id) => {
    const answer = await ask(gateway, '/api/products', { headers: { 'X-Request-Id': id } })
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    expect(seenHeaders()['x-request-id']).toBe(answer.headers['x-request-id'])
  })
})

describe('answers', () => {
  test('of a service stream through as they are, with no header twice', async () => {
    gateway.services.order.answer = (_request, response) => {
      response.writeHead(409, {
        'Content-Type': 'application/problem+json',
        'X-Powered-By': 'Express',
        'X-Content-Type-Options': 'anything',
        'X-Cart-Token': 'abc',
        'Retry-After': '7',
        ETag: '"v1"',
        'Set-Cookie': ['a=1', 'b=2'],
      })
      response.end('{"code":"insufficient_stock","available":3}')
    }
    const answer = await ask(gateway, '/api/orders', { method: 'POST' })
    expect(answer.status).toBe(409)
    expect(answer.body.toString()).toBe('{"code":"insufficient_stock","available":3}')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      'x-cart-token': 'abc',
      'retry-after': '7',
      etag: '"v1"',
      'set-cookie': ['a=1', 'b=2'],
    })
    expect(answer.headers['x-powered-by']).toBeUndefined()
    const names = answer.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
    expect(names.filter((name, at) => name !== 'set-cookie' && names.indexOf(name) !== at)).toEqual([])
  })

  test('are data to a browser, never a page', async () => {
    const { headers } = await ask(gateway, '/api/products')
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(headers['strict-transport-security']).toBeUndefined()
  })

  test('with pictures may be shown by any page, and run nothing', async () => {
    const { headers } = await ask(gateway, '/api/products/pictures/kettle.svg')
    expect(headers['cross-origin-resource-policy']).toBe('cross-origin')
    expect(headers['content-security-policy']).toBe("default-src 'none';style-src 'unsafe-inline';sandbox")
  })

  test('ask for https ever after where the shop is behind TLS', async () => {
    await gateway.stop()
    gateway = await startGateway({ behindTls: true })
    const { headers } = await ask(gateway, '/api/nothing')
    expect(headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
  })
})
