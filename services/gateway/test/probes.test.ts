import { ask, expectProblem, startGateway, type TestGateway, upstreamNames } from './support'

let gateway: TestGateway

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.stop())

test('/health says that the gateway lives, whatever is behind it', async () => {
  for (const service of Object.values(gateway.services)) await service.stop()
  const answer = await ask(gateway, '/health')
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({ status: 'ok' })
  expectProblem(await ask(gateway, '/health', { method: 'POST' }), 405, 'method_not_allowed')
})

test('/ready sums up the five services', async () => {
  const answer = await ask(gateway, '/ready')
  expect(answer.status).toBe(200)
  const up = { status: 'up', ms: expect.any(Number) }
  expect(answer.json()).toEqual({
    status: 'ready',
    services: Object.fromEntries(upstreamNames.map((name) => [name, up])),
  })
})

test('/ready is a 503 that says who is down, silent or not ready', async () => {
  await gateway.services.auth.stop()
  gateway.services.cart.answer = () => undefined
  gateway.services.order.answer = (_request, response) => void response.writeHead(500).end('{}')
  const answer = await ask(gateway, '/ready')
  expectProblem(answer, 503, 'not_ready')
  expect(answer.headers['retry-after']).toBe('2')
  expect(answer.json().services).toMatchObject({
    auth: { status: 'down' },
    cart: { status: 'down' },
    order: { status: 'down' },
    payment: { status: 'up' },
    product: { status: 'up' },
  })
})

test('/ready asks the services once, however many ask it', async () => {
  await Promise.all(Array.from({ length: 20 }, () => ask(gateway, '/ready')))
  await ask(gateway, '/ready')
  expect(gateway.services.product.probes).toBe(1)
})
