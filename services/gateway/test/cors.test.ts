import { type Answer, ask, expectProblem, startGateway, type TestGateway } from './support'

const listed = 'https://shop.example'
const other = 'https://evil.example'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway({ corsOrigins: ['http://localhost:5173', listed] })
})
afterAll(() => gateway.stop())

function corsHeaders({ headers }: Answer): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))
}

function preflight(origin: string, path = '/api/orders') {
  const headers = {
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'authorization,idempotency-key',
  }
  return ask(gateway, path, { method: 'OPTIONS', headers })
}

const exposed = 'X-Cart-Token,ETag,Location,Retry-After,X-Request-Id,Idempotency-Replayed,RateLimit,RateLimit-Policy'

test('a preflight of a listed origin learns what it may send', async () => {
  const answer = await preflight(listed)
  expect(answer.status).toBe(204)
  expect(corsHeaders(answer)).toEqual({
    'access-control-allow-origin': listed,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
    'access-control-allow-headers':
      'Authorization,Content-Type,Idempotency-Key,X-Cart-Token,X-Request-Id,Traceparent,If-Match,If-None-Match',
    'access-control-max-age': '600',
    'access-control-expose-headers': exposed,
  })
  expect(answer.headers.vary).toBe('Origin')
})

test.each([other, 'null', 'https://shop.example.evil.example', 'http://shop.example', 'https://SHOP.example', '*'])(
  'the origin %s is not listed and gets nothing',
  async (origin) => {
    const answers = [await preflight(origin), await ask(gateway, '/api/products', { headers: { Origin: origin } })]
    expect(answers.map(({ status }) => status)).toEqual([204, 200])
    expect(answers.map(corsHeaders)).toEqual([{}, {}])
    expect(answers.map(({ headers }) => headers.vary)).toEqual(['Origin', 'Origin'])
  },
)

const granted = {
  'access-control-allow-origin': listed,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': exposed,
}

test('an answer may be read by a listed origin, and a cache is told that it depends on it', async () => {
  gateway.services.product.answer = (_request, response) => {
    response.setHeader('Vary', 'Accept-Encoding').setHeader('Access-Control-Allow-Origin', '*').end('{}')
  }
  const answer = await ask(gateway, '/api/products', { headers: { Origin: listed } })
  expect(corsHeaders(answer)).toEqual(granted)
  expect(answer.headers.vary).toBe('Origin, Accept-Encoding')
})

test('a service cannot open the shop to an origin that is not listed', async () => {
  gateway.services.product.answer = (_request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*').end('{}')
  }
  expect(corsHeaders(await ask(gateway, '/api/products', { headers: { Origin: other } }))).toEqual({})
})

test('errors can be read too', async () => {
  await gateway.services.cart.stop()
  const headers = { Origin: listed }
  const answers = {
    404: await ask(gateway, '/api/nothing', { headers }),
    405: await ask(gateway, '/api/orders', { method: 'DELETE', headers }),
    413: await ask(gateway, '/api/orders', { method: 'POST', headers, body: Buffer.alloc(1_048_577) }),
    503: await ask(gateway, '/api/cart', { headers }),
  }
  for (const [status, answer] of Object.entries(answers)) {
    expect(answer.status).toBe(Number(status))
    expect(corsHeaders(answer)).toEqual(granted)
  }
})

test('a path that does not exist does not exist for a preflight either', async () => {
  expectProblem(await preflight(listed, '/api/internal/check-stock'), 404, 'not_found')
})

test('with no origin listed there is no CORS at all', async () => {
  const closed = await startGateway()
  const answer = await ask(closed, '/api/products', { headers: { Origin: listed } })
  expect(corsHeaders(answer)).toEqual({})
  expect(answer.headers.vary).toBeUndefined()
  await closed.stop()
})
