import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { closeServer } from '@duka/kit'
import { explainStart } from '@duka/kit/explain-start'
import { asUser, eventually, readMetric, readMetrics } from '@duka/testkit'
import { serveMetrics } from '../src/serve-metrics'
import { type Answer, ask, openConnection, sendSlowly, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let server: Awaited<ReturnType<typeof serveMetrics>>
let url: string

beforeAll(async () => {
  server = await serveMetrics(0, '127.0.0.1')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => closeServer(server, { drainMs: 0 }))
afterEach(() => gateway.stop())

const requests = 'http_server_request_duration_seconds_count'
const count = async (name: string, labels: Record<string, string>) => (await readMetric(url, name, labels)) ?? 0

/** By how much a metric grows while something happens; counting may end a moment after the answer. */
async function expectGrowth(by: number, name: string, labels: Record<string, string>, act: () => Promise<unknown>) {
  const before = await count(name, labels)
  await act()
  await eventually(`${name} to grow`, async () => (await count(name, labels)) >= before + by)
  expect(await count(name, labels)).toBe(before + by)
}

test('requests count by the public pattern of their path, and no id or unknown path is a label', async () => {
  gateway = await startGateway()
  const ids = Array.from({ length: 10 }, () => randomUUID())
  const product = { route: '/api/products/:id', status: '200' }
  const visit = () => Promise.all(ids.map((id) => ask(gateway, `/api/products/${id}?q=${id}`)))
  await expectGrowth(10, requests, { ...product, method: 'GET' }, visit)
  const unmatched = { route: 'unmatched', method: 'GET', status: '404' }
  await expectGrowth(10, requests, unmatched, () => Promise.all(ids.map((id) => ask(gateway, `/${id}/${id}`))))
  const odd = { route: '/api/products/:id', method: 'other', status: '405' }
  await expectGrowth(1, requests, odd, () => ask(gateway, `/api/products/${ids[0]}`, { method: 'PROPFIND' }))
  const hook = { route: '/api/webhook/m/:token', method: 'POST', status: '200' }
  await expectGrowth(1, requests, hook, () => ask(gateway, `/api/webhook/m/${'ab'.repeat(32)}`, { method: 'POST' }))
  const text = JSON.stringify(await readMetrics(url))
  expect(text).not.toMatch(new RegExp([...ids, 'abab', 'PROPFIND'].join('|')))
})

test('many requests at once over one connection that is cut are not in flight for ever', async () => {
  gateway = await startGateway()
  gateway.services.cart.answer = () => undefined
  const socket = connect(gateway.port, '127.0.0.1').on('error', () => undefined)
  socket.write('GET /api/cart HTTP/1.1\r\nHost: shop\r\n\r\n'.repeat(3))
  await eventually('in flight', async () => (await count('http_server_requests_in_flight', {})) === 3)
  socket.destroy()
  await eventually('none', async () => (await count('http_server_requests_in_flight', {})) === 0)
  expect(await count(requests, { route: '/api/cart', status: '499' })).toBe(3)
})

test('reads count by what the cache did for them', async () => {
  gateway = await startGateway()
  const held: (() => void)[] = []
  gateway.services.product.answer = (_request, response) => {
    response.setHeader('Cache-Control', 'public, max-age=5')
    held.push(() => response.end('{}'))
  }
  const cache = 'http_cache_requests_total'
  const read = (headers = {}) => ask(gateway, '/api/products', { headers })
  const answers: Promise<Answer>[] = []
  await expectGrowth(1, cache, { outcome: 'miss' }, async () => void answers.push(read()))
  await expectGrowth(1, cache, { outcome: 'shared_flight' }, async () => void answers.push(read()))
  await eventually('asked', async () => held.length === 1)
  held[0]?.()
  await Promise.all(answers)
  await expectGrowth(2, cache, { outcome: 'hit' }, () => Promise.all([read(), read()]))
  await expectGrowth(1, cache, { outcome: 'bypass' }, async () => {
    const asked = read({ authorization: asUser(randomUUID()) })
    await eventually('asked', async () => held.length === 2)
    held[1]?.()
    await asked
  })
})

test('what is beyond a limit counts by the limit’s name', async () => {
  gateway = await startGateway({ rateLimitFactor: 2 / 3000 })
  await expectGrowth(2, 'rate_limited_total', { limit: 'general' }, async () => {
    for (let round = 0; round < 4; round++) await ask(gateway, '/api/products')
  })
})

test('what finds no place on the way to a service counts by the service', async () => {
  gateway = await startGateway({ places: { maxPerAddress: 1 } })
  gateway.services.cart.answer = () => undefined
  const own = { headers: { 'X-Cart-Token': 'mine' } }
  const first = ask(gateway, '/api/cart', own).catch(() => undefined)
  await eventually('in flight', async () => (await count('http_server_requests_in_flight', {})) === 1)
  const labels = { upstream: 'cart' }
  await expectGrowth(1, 'http_upstream_no_place_total', labels, () => ask(gateway, '/api/cart', own))
  gateway.server.closeAllConnections()
  await first
})

test('who is sent away to make room counts by what it was', async () => {
  gateway = await startGateway({ maxArrivingBytes: 80_000, readers: { max: 1, maxPerClient: 1 } })
  const sentAway = 'http_clients_sent_away_total'
  await expectGrowth(1, sentAway, { what: 'body' }, () => sendSlowly(gateway, 2, '/api/orders', []))
  gateway.services.cart.answer = (_request, response) => void response.write('{')
  await expectGrowth(1, sentAway, { what: 'answer' }, async () => {
    for (const page of [1, 2]) {
      const head = `GET /api/cart?${page} HTTP/1.1\r\nHost: shop\r\nX-Cart-Token: mine\r\n\r\n`
      await once(openConnection(gateway, head).socket, 'data')
    }
  })
})

test('the port of the metrics has nothing else, and a taken one is told by its setting', async () => {
  gateway = await startGateway()
  expect((await fetch(`${url}/api/products`)).status).toBe(404)
  expect((await fetch(`${url}/health`)).status).toBe(404)
  const { port } = server.address() as AddressInfo
  const error = await serveMetrics(port, '127.0.0.1').catch((failure) => failure)
  expect(explainStart('gateway', error)?.line).toBe(
    `Port ${port} is taken: set METRICS_PORT to another, or stop what listens there.`,
  )
})
