import { type Answer, ask, expectProblem, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let running: TestGateway[] = []

async function start(options: Parameters<typeof startGateway>[0]): Promise<void> {
  gateway = await startGateway(options)
  running.push(gateway)
}

afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()))
  running = []
})

async function times(count: number, act: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = []
  for (let round = 0; round < count; round++) statuses.push((await act()).status)
  return statuses
}

const login = () => ask(gateway, '/api/auth/login', { method: 'POST', body: '{}' })
const quotaOf = ({ headers }: Answer, name: string) =>
  Number(new RegExp(`"${name}";q=(\\d+)`).exec(String(headers['ratelimit-policy']))?.[1])

test('beyond the limit: a 429 that says when to come back, and which pages can read', async () => {
  await start({ rateLimitFactor: 3 / 3000, corsOrigins: ['https://shop.example'] })
  const read = () => ask(gateway, '/api/products', { headers: { Origin: 'https://shop.example' } })
  const first = await read()
  expect(first.headers.ratelimit).toMatch(/^"general";r=2;t=(60|59)$/)
  expect(first.headers['ratelimit-policy']).toBe('"general";q=3;w=60')
  expect(await times(2, read)).toEqual([200, 200])
  const answer = await read()
  expectProblem(answer, 429, 'rate_limited')
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50)
  expect(answer.headers.ratelimit).toMatch(/^"general";r=0;t=\d+$/)
  expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example')
  expect(gateway.seen()).toHaveLength(3)
})

test('RATE_LIMIT_FACTOR multiplies every limit', async () => {
  const quotas: Record<string, number>[] = []
  for (const rateLimitFactor of [1, 2.5]) {
    await start({ rateLimitFactor })
    quotas.push({
      general: quotaOf(await ask(gateway, '/api/products'), 'general'),
      webhook: quotaOf(await ask(gateway, '/api/webhook/mpesa', { method: 'POST' }), 'webhook'),
      login: quotaOf(await login(), 'login'),
      refresh: quotaOf(await ask(gateway, '/api/auth/refresh', { method: 'POST' }), 'refresh'),
      register: quotaOf(await ask(gateway, '/api/register', { method: 'POST' }), 'register'),
    })
  }
  expect(quotas).toEqual([
    { general: 3000, webhook: 6000, login: 200, refresh: 200, register: 120 },
    { general: 7500, webhook: 15000, login: 500, refresh: 500, register: 300 },
  ])
})

test('a flood of shoppers does not use up the webhooks', async () => {
  await start({ rateLimitFactor: 3 / 3000 })
  expect(await times(5, () => ask(gateway, '/api/orders'))).toEqual([200, 200, 200, 429, 429])
  const callback = () => ask(gateway, '/api/payments/webhook/m/abc', { method: 'POST', body: '{}' })
  expect(await times(7, callback)).toEqual([200, 200, 200, 200, 200, 200, 429])
})

test('paths that do not exist count as well, probes do not', async () => {
  await start({ rateLimitFactor: 2 / 3000 })
  expect(await times(3, () => ask(gateway, '/api/nothing'))).toEqual([404, 404, 429])
  expect(await times(3, () => ask(gateway, '/health'))).toEqual([200, 200, 200])
})

test('logins that succeed do not count; failures do, at either path, and nothing else is shut by them', async () => {
  await start({ rateLimitFactor: 3 / 200 })
  expect(await times(5, login)).toEqual([200, 200, 200, 200, 200])
  gateway.services.auth.answer = (_request, response) => void response.writeHead(503).end()
  expect(await times(5, login)).toEqual([503, 503, 503, 503, 503])
  gateway.services.auth.answer = (_request, response) => void response.writeHead(401).end()
  expect(await times(2, login)).toEqual([401, 401])
  const bare = () => ask(gateway, '/api/login', { method: 'POST', body: '{}' })
  expect(await times(2, bare)).toEqual([401, 429])
  expect((await login()).headers['ratelimit-policy']).toBe('"general";q=45;w=60, "login";q=3;w=900')
  expect((await ask(gateway, '/api/products')).status).toBe(200)
})

test('clients are told apart by address, IPv6 ones by their network', async () => {
  await start({ rateLimitFactor: 1 / 3000, trustedHops: 1 })
  const from = (address: string) => ask(gateway, '/api/products', { headers: { 'X-Forwarded-For': address } })
  expect((await from('192.0.2.1')).status).toBe(200)
  expect((await from('192.0.2.1')).status).toBe(429)
  expect((await from('::ffff:192.0.2.1')).status).toBe(429)
  expect((await from('192.0.2.2')).status).toBe(200)
  expect((await from('2001:db8:1:100::1')).status).toBe(200)
  expect((await from('2001:db8:1:1ff::2')).status).toBe(429)
  expect((await from('2001:db8:1:200::1')).status).toBe(200)
})

test('an address that the client makes up is not counted as another client', async () => {
  await start({ rateLimitFactor: 1 / 3000 })
  const from = (address: string) => ask(gateway, '/api/products', { headers: { 'X-Forwarded-For': address } })
  expect((await from('192.0.2.1')).status).toBe(200)
  expect((await from('192.0.2.2')).status).toBe(429)
})

describe('behind proxies that append to X-Forwarded-For, with room for one request of each address', () => {
  const first = '192.0.2.1'
  /** What the gateway gets of two customers, of whom the second asks twice and makes an address up the second time. */
  const throughOne = [first, '192.0.2.2', '6.6.6.6, 192.0.2.2']
  const throughTwo = throughOne.map((chain) => `${chain}, 10.0.0.1`)

  test.each([
    ['one, and one trusted', 1, throughOne, [200, 200, 429]],
    ['two, and both trusted', 2, throughTwo, [200, 200, 429]],
    ['two, and one trusted: all are the outer proxy', 1, throughTwo, [200, 429, 429]],
    ['one, and none trusted: all are that proxy', 0, throughOne, [200, 429, 429]],
    ['one, and two trusted: who makes an address up is never refused', 2, throughOne, [200, 200, 200]],
  ])('%s', async (_what, trustedHops, chains, statuses) => {
    await start({ rateLimitFactor: 1 / 3000, trustedHops })
    const answers: number[] = []
    for (const chain of chains) {
      answers.push((await ask(gateway, '/api/products', { headers: { 'X-Forwarded-For': chain } })).status)
    }
    expect(answers).toEqual(statuses)
  })
})
