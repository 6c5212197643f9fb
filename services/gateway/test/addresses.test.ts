import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type http from 'node:http'
import { connect } from 'node:net'
import { captureLog, eventually } from '@duka/testkit'
import { ask, expectProblem, type FakeService, startFakeService, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let orders: FakeService[]
let lines: string[]

beforeEach(async () => {
  orders = [await startFakeService('order-1'), await startFakeService('order-2')]
  await start(orders.map(({ url }) => url))
})
afterEach(async () => {
  await gateway.stop()
  await Promise.all(orders.map((order) => order.stop()))
})

async function start(addresses: string[]): Promise<void> {
  await gateway?.stop()
  const { log, lines: written } = captureLog('info')
  const none = ['http://127.0.0.1:1']
  gateway = await startGateway({
    log,
    serviceUrls: { auth: none, product: none, cart: none, payment: none, order: addresses },
  })
  lines = written
}

const events = (name: string) => lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name)
const post = () => ask(gateway, '/api/orders', { method: 'POST', body: '{}' })
const servedBy = async (count: number) => {
  const names: unknown[] = []
  for (let round = 0; round < count; round++) names.push((await post()).json().service)
  return names
}
/** Without the probes. */
const seenBy = (order: FakeService | undefined) => order?.seen.length

test('several addresses of a service take turns', async () => {
  const names = await servedBy(10)
  expect(names.filter((name) => name === 'order-1')).toHaveLength(5)
  expect(names.filter((name) => name === 'order-2')).toHaveLength(5)
})

test('the address that has less to do gets the next request', async () => {
  const [busy, other] = orders as [FakeService, FakeService]
  const held: http.ServerResponse[] = []
  const answer = busy.answer
  busy.answer = (request, response) => (request.url === '/ready' ? answer(request, response) : void held.push(response))
  const first = [post(), post()]
  await eventually('a request that is held', async () => held.length === 1)
  expect(await servedBy(5)).toEqual(Array(5).fill('order-2'))
  expect(seenBy(other)).toBe(6)
  held[0]?.end('{}')
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
})

test('what a dead address did not get goes to another, unsafe as it may be; the dead one is left out and taken back', async () => {
  const [dead, alive] = orders as [FakeService, FakeService]
  await dead.stop()
  expect(await servedBy(20)).toEqual(Array(20).fill('order-2'))
  expect(seenBy(alive)).toBe(20)
  expect(events('address_out')).toEqual([
    // Found by the request or by a probe, whichever came first.
    expect.objectContaining({ address: new URL(dead.url).host, reason: expect.stringMatching(/^(ECONN)?refused$/i) }),
  ])
  orders[0] = await startFakeService('order-1', dead.port)
  await eventually('an answer of the first', async () => (await post()).json().service === 'order-1')
  expect(events('address_back')).toHaveLength(1)
})

test('an address that says it is not ready is left out', async () => {
  const [unready] = orders as [FakeService]
  const answer = unready.answer
  unready.answer = (request, response) =>
    request.url === '/ready' ? void response.writeHead(503).end() : answer(request, response)
  await eventually('an address left out', async () => (await post()) && events('address_out').length > 0)
  expect(await servedBy(5)).toEqual(Array(5).fill('order-2'))
  expect(events('address_out')).toEqual([expect.objectContaining({ reason: 'not ready' })])
})

test('with all addresses out, all are asked', async () => {
  for (const order of orders) {
    const answer = order.answer
    order.answer = (request, response) =>
      request.url === '/ready' ? void response.writeHead(503).end() : answer(request, response)
  }
  await eventually('both left out', async () => (await post()) && events('address_out').length === 2)
  expect((await post()).status).toBe(200)
})

test('with all addresses dead, the answer is a 503 that names none', async () => {
  await Promise.all(orders.map((order) => order.stop()))
  expectProblem(await post(), 503, 'service_unavailable')
  expectProblem(await ask(gateway, '/api/orders'), 503, 'service_unavailable')
})

test('an unsafe request that may have arrived is not sent to another', async () => {
  const arrived: (string | undefined)[] = []
  for (const order of orders) {
    order.answer = (request) => {
      arrived.push(request.method)
      request.socket.destroy()
    }
  }
  expectProblem(await post(), 503, 'service_unavailable')
  expect(arrived.filter((method) => method === 'POST')).toHaveLength(1)
})

/** Answers the first request of a connection and hangs up on the second, as a server does that grew tired of it. */
function tireAfterOne(order: FakeService): string[] {
  const asked: string[] = []
  const connections = new WeakSet<object>()
  order.answer = (request, response) => {
    asked.push(request.method ?? '')
    if (connections.has(request.socket)) return void request.socket.destroy()
    connections.add(request.socket)
    response.end('{}')
  }
  return asked
}

test('a GET that was cut on a used connection is asked once more on a new one; a POST is not', async () => {
  const [order] = orders as [FakeService]
  await start([order.url])
  const asked = tireAfterOne(order)
  expect((await ask(gateway, '/api/orders')).status).toBe(200)
  expect((await ask(gateway, '/api/orders')).status).toBe(200)
  expect(asked).toEqual(['GET', 'GET', 'GET'])
  // The retry's own connection is not kept, so the first of these has a new one.
  expect((await post()).status).toBe(200)
  expectProblem(await post(), 503, 'service_unavailable')
  expect(asked).toEqual(['GET', 'GET', 'GET', 'POST', 'POST'])
})

test('a GET with a body, and one on a new connection, are not asked again', async () => {
  const [order] = orders as [FakeService]
  await start([order.url])
  const asked = tireAfterOne(order)
  expect((await ask(gateway, '/api/orders')).status).toBe(200)
  expectProblem(
    await ask(gateway, '/api/orders', { headers: { 'Content-Length': 2 }, body: '{}' }),
    503,
    'service_unavailable',
  )
  expect(asked).toHaveLength(2)
  order.answer = (request) => {
    asked.push('cut')
    request.socket.destroy()
  }
  expectProblem(await ask(gateway, '/api/orders'), 503, 'service_unavailable')
  expect(asked).toHaveLength(3)
})

test('an address that swallows connections holds a request up for two seconds, once', async () => {
  const hole = await startBlackHole()
  try {
    await start([`http://127.0.0.1:${hole.port}`, orders[1]?.url ?? ''])
    const startedAt = Date.now()
    expect(await servedBy(4)).toEqual(Array(4).fill('order-2'))
    expect(Date.now() - startedAt).toBeGreaterThan(1_900)
    expect(Date.now() - startedAt).toBeLessThan(4_000)
    expect(events('address_out')).toEqual([expect.objectContaining({ reason: 'ETIMEDOUT' })])
  } finally {
    hole.stop()
  }
})

/** A port on which nobody accepts connections, with a queue that is full. */
async function startBlackHole() {
  const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    process.send(this.address().port)
  })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [port] = (await once(child, 'message')) as [number]
  child.kill('SIGSTOP')
  const queued = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  await eventually('a connection in the queue', async () => queued.some((socket) => !socket.connecting))
  return {
    port,
    stop() {
      for (const socket of queued) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}
