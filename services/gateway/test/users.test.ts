import { randomUUID } from 'node:crypto'
import { asUser, captureLog, eventually, testJwks, userToken } from '@duka/testkit'
import { type Answer, ask, expectProblem, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let lines: string[]

async function start(rateLimitFactor: number): Promise<void> {
  const { log, lines: written } = captureLog('http')
  lines = written
  gateway = await startGateway({ log, rateLimitFactor })
  gateway.services.auth.answer = (request, response) =>
    void response.end(request.url === '/.well-known/jwks.json' ? JSON.stringify(testJwks) : '{}')
}
afterEach(() => gateway.stop())

const read = (authorization: string) => ask(gateway, '/api/orders', { headers: { authorization } })
const pay = (authorization: string) =>
  ask(gateway, '/api/payments/mpesa', { method: 'POST', headers: { authorization }, body: '{}' })
const policyOf = ({ headers }: Answer) =>
  [...String(headers['ratelimit-policy']).matchAll(/"([\w-]+)"/g)].map(([, name]) => name)

test('who is signed in has limits of their own, whoever else comes from their address', async () => {
  await start(3 / 600)
  const [amina, brian] = [asUser(randomUUID()), asUser(randomUUID())]
  for (let round = 0; round < 3; round++) expect((await read(amina)).status).toBe(200)
  expectProblem(await read(amina), 429, 'rate_limited')
  expect((await read(brian)).headers.ratelimit).toMatch(/^"user";r=2;/)
  expect((await ask(gateway, '/api/products')).headers.ratelimit).toMatch(/^"general";r=14;/)
})

test('another token of the same user is the same user', async () => {
  await start(2 / 600)
  const id = randomUUID()
  expect((await read(asUser(id))).status).toBe(200)
  expect((await read(asUser(id))).status).toBe(200)
  expect((await read(asUser(id))).status).toBe(429)
})

const [head = '', body = '', signature = ''] = userToken().split('.')
const forged = Buffer.from(
  JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: randomUUID() }),
)

test.each([
  ['no token at all', 'Bearer abc'],
  ['one whose text was changed', `Bearer ${head}.${forged.toString('base64url')}.${signature}`],
  ['one that has expired', `Bearer ${userToken({ expiresIn: -1 })}`],
  ['another scheme', `Basic ${userToken()}`],
])('a token that is none counts for the address: %s', async (_what, authorization) => {
  await start(2 / 3000)
  expect((await read(authorization)).headers.ratelimit).toMatch(/^"general";r=1;/)
  expect((await read(authorization)).status).toBe(200)
  expect((await read(authorization)).status).toBe(429)
})

test('card forms have a limit of their own', async () => {
  await start(1 / 60)
  const amina = asUser(randomUUID())
  const open = () =>
    ask(gateway, '/api/payments/stripe', { method: 'POST', headers: { authorization: amina }, body: '{}' })
  expect(policyOf(await open())).toEqual(['user', 'pay-by-stripe'])
  expectProblem(await open(), 429, 'rate_limited')
})

test('orders and prompts have tight limits per user', async () => {
  await start(2 / 30)
  const [amina, brian] = [asUser(randomUUID()), asUser(randomUUID())]
  expect(policyOf(await pay(amina))).toEqual(['user', 'pay-by-mpesa'])
  expect((await pay(amina)).status).toBe(200)
  const refused = await pay(amina)
  expectProblem(refused, 429, 'rate_limited')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(600)
  expect((await pay(brian)).status).toBe(200)
  expect((await read(amina)).status).toBe(200)
  const order = await ask(gateway, '/api/orders', { method: 'POST', headers: { authorization: amina }, body: '{}' })
  expect(order.headers['ratelimit-policy']).toContain('"place-order";q=4;w=900')
})

test('where nobody is asked who they are, no token is looked at', async () => {
  await start(1)
  const urls: unknown[] = []
  gateway.services.auth.answer = ({ url }, response) => {
    urls.push(url)
    response.end('{}')
  }
  await ask(gateway, '/api/auth/login', { method: 'POST', headers: { authorization: asUser() } })
  expect(urls).toEqual(['/api/login'])
  expect(lines.map((line) => JSON.parse(line).userId)).toEqual([null])
})

test('the log names the user, and never the token', async () => {
  await start(1)
  const id = randomUUID()
  const authorization = asUser(id)
  await read(authorization)
  await read('Bearer abc')
  await eventually('two lines', async () => lines.length === 2)
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { path: '/api/orders', userId: id, upstream: 'order' },
    { path: '/api/orders', userId: null },
  ])
  expect(lines.join()).not.toContain(authorization.split('.')[2])
})

test('while auth is silent nobody waits for it twice, and all count for their address', async () => {
  await start(1)
  let asked = 0
  gateway.services.auth.answer = () => void asked++
  const startedAt = Date.now()
  for (let round = 0; round < 5; round++) {
    const answer = await read(asUser())
    expect(answer.status).toBe(200)
    expect(policyOf(answer)).toEqual(['general'])
  }
  expect(asked).toBe(1)
  expect(Date.now() - startedAt).toBeLessThan(4_000)
})
