import { type Endpoint, endpoints, isInternal, type Method } from '@duka/contracts'
import { ask, expectProblem, sendBytes, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())
beforeEach(() => {
  for (const service of Object.values(gateway.services)) service.seen.length = 0
})

const values: Record<string, string> = {
  id: '0198c0de-1111-7222-8333-444455556666',
  orderId: '0198c0de-aaaa-7bbb-8ccc-ddddeeeeffff',
  token: 'c0ffee00c0ffee00c0ffee00c0ffee00',
}

function fill(pattern: string): string {
  return pattern.replace(/:(\w+)/g, (_match, name: string) => values[name] ?? 'value')
}

const open = endpoints.filter(({ access }) => !isInternal(access))
const internal = endpoints.filter(({ access }) => isInternal(access))
const publicPaths = open.flatMap((contract) => contract.publicPaths.map((path) => [contract, path] as const))
const name = ([contract, path]: readonly [Endpoint, string]) => `${contract.method} ${path}`

describe('every public endpoint of the contracts', () => {
  test.each(publicPaths.map((pair) => [name(pair), ...pair] as const))(
    '%s reaches its service',
    async (_name, contract, path) => {
      const answer = await ask(gateway, `${fill(path)}?a=1`, { method: contract.method })
      expect(answer.status).toBe(200)
      expect(answer.json()).toEqual({
        service: contract.service,
        method: contract.method,
        url: `${fill(contract.path)}?a=1`,
      })
    },
  )

  test.each([...new Set(publicPaths.map(([, path]) => path))])('%s refuses a method it has not', async (path) => {
    const taken: string[] = publicPaths.filter(([, other]) => other === path).map(([contract]) => contract.method)
    const allowed = taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    const wrong = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies Method[]).filter(
      (method) => !taken.includes(method),
    )
    for (const method of wrong) {
      const answer = await ask(gateway, fill(path), { method })
      expect({ method, status: answer.status, code: answer.json().code }).toEqual({
        method,
        status: 405,
        code: 'method_not_allowed',
      })
      expect(answer.headers.allow?.split(', ').sort()).toEqual([...allowed].sort())
    }
    expect(gateway.seen()).toEqual([])
  })
})

test('HEAD goes where GET goes, and gets no body', async () => {
  const answer = await ask(gateway, '/api/products', { method: 'HEAD' })
  expect(answer.status).toBe(200)
  expect(answer.body).toHaveLength(0)
  expect(gateway.services.product.seen).toEqual([expect.objectContaining({ method: 'HEAD', url: '/api/products' })])
})

test.each([
  ['OPTIONS', 204],
  ['TRACE', 405],
])('%s is not handed on', async (method, status) => {
  const answer = await ask(gateway, '/api/products', { method })
  expect(answer.status).toBe(status)
  expect(answer.headers.allow?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST'])
  expect(gateway.seen()).toEqual([])
})

test('a fixed path goes before one with a parameter', async () => {
  expect((await ask(gateway, '/api/products/categories')).json().url).toBe('/api/products/categories')
  expectProblem(await ask(gateway, '/api/payments/mpesa'), 405, 'method_not_allowed')
})

test('pictures of products are files of the product service, for reading only', async () => {
  const path = '/api/products/pictures/kettle-1.svg'
  expect((await ask(gateway, path)).json()).toEqual({ service: 'product', method: 'GET', url: path })
  expectProblem(await ask(gateway, path, { method: 'POST' }), 405, 'method_not_allowed')
  for (const file of ['', '.env', '..', '..%2fsecret', 'a/b.svg']) {
    expectProblem(await ask(gateway, `/api/products/pictures/${file}`), 404, 'not_found')
  }
})

test('a query arrives byte for byte', async () => {
  const query = '?search=a%20b+c%2Fd&x=1&x=2&&=&q=\'"<>|{}^`\\//..//http:/%zz%00?#&end'
  const answer = await ask(gateway, `/api/products${query}`)
  expect(answer.status).toBe(200)
  expect(gateway.services.product.seen[0]?.url).toBe(`/api/products${query}`)
})

test.each(['/api/auth/profile?', '/api/products?', '/api/products??'])('%s keeps its question marks', async (path) => {
  await ask(gateway, path)
  expect(gateway.seen()[0]?.url).toBe(path.replace('/auth', ''))
})

describe('what does not exist here', () => {
  const id = values.id
  const tricks = [
    '/',
    '/api',
    '/api/',
    '/api/nothing',
    '/metrics',
    '/ready/',
    '/health/',
    '/HEALTH',
    '/%68ealth',
    '/api/verify',
    '/api/auth/verify',
    '/api/auth/.well-known/jwks.json',
    '/api/refresh',
    '/api/users',
    '/api/logout',
    '/api/Products',
    '/API/products',
    '/api/products/',
    '/api/products.',
    '/api/products;a=1',
    '/api/products%20',
    '/api/%70roducts',
    '/api/products%3Fa',
    '/api/products%00',
    '/api/products-evil',
    '/api/orders-evil',
    `/api/orders/${id}/`,
    `/api/orders/${id}/history/`,
    `/api/orders/${id}%2Fhistory`,
    `/api/orders/${id}/../${id}`,
    '//api/products',
    '/api//products',
    '/api/orders//history',
    '/api/./products',
    '/api/../api/products',
    '/./api/products',
    '/api/orders/.',
    '/api/orders/..',
    '/api/orders/%2e',
    '/api/orders/%2e%2e',
    '/api/orders/.%2E/internal/update-status',
    '/api/orders/..;/internal/update-status',
    '/api/orders/%252e%252e',
    '/api/orders/%zz',
    '/api/orders/%',
    '/api/orders/%c0%ae%c0%ae',
    '/api/orders/%00',
    '/api/orders/%0d%0aX:1',
    '/api/orders/a\\b',
    '/api/orders/a%5cb',
    '/api\\products',
    '*',
    'http://shop.example/api/products',
    'http://127.0.0.1/api/internal/update-status',
  ]
  const encodings = (path: string) => [
    path,
    path.replace('/internal/', '/%69nternal/'),
    path.replace('/internal/', '/INTERNAL/'),
    path.replace('/internal/', '//internal/'),
    path.replace('/internal/', '/./internal/'),
    path.replace('/internal/', '%2finternal%2f'),
    path.replace('/internal/', '%2Finternal/'),
    path.replace('/internal/', '%5cinternal%5c'),
    path.replace('/internal/', '\\internal\\'),
    path.replace('/api/', '/api/products/../'),
    path.replace('/api/', '/api/products/%2e%2e/'),
    path.replace('/api/', '/api/products/..%2f'),
    path.replace('/api/', '/api/auth/'),
    path.replace('/api/internal/', '/api/payments/internal/'),
    path.replace('/api/', '/api/webhook/m/../../'),
    path.replace('/api/', '/%61pi/'),
    path.replace('/api/', '//'),
    path.replace('/api/', '/'),
    `${path}/`,
    `${path}%00`,
    `${path};.svg`,
    `${path}#/api/products`,
  ]

  test.each(tricks)('%j', async (path) => {
    expectProblem(await ask(gateway, path), 404, 'not_found')
    expect(gateway.seen()).toEqual([])
  })

  test.each(['/api/orders/\xe9', '/api/orders/a\tb', '\\api\\products', 'api/products'])(
    '%j is no HTTP at all',
    async (path) => {
      const answer = await sendBytes(gateway, `GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_request"/s)
      expect(gateway.seen()).toEqual([])
    },
  )

  test.each(internal.map((contract) => [contract.method, fill(contract.path)] as const))(
    'internal: %s %s, however it is written',
    async (method, path) => {
      for (const spelling of encodings(path)) {
        const answer = await ask(gateway, spelling, { method, headers: { 'content-length': '0' } })
        expect({ spelling, status: answer.status }).toEqual({ spelling, status: 404 })
      }
      expect(gateway.seen()).toEqual([])
    },
  )
})
