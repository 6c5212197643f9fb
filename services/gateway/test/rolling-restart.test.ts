import http, { type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { orderContract } from '@duka/contracts'
import { closeServer, connectDatabase, createServiceApp, listen, route } from '@duka/kit'
import { createBalancedAgent } from '@duka/kit/balanced-agent'
import { asUser, captureLog, eventually, silentLog, testProof, verifyTestUser } from '@duka/testkit'
import { type FakeService, startFakeService, startGateway, type TestGateway } from './support'

const authorization = asUser()
const database = connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', applicationName: 'fake', poolMax: 1 })

/** A real server of the kit that takes a moment for each request, and counts what it was asked to do. */
async function startOrders(done: Map<string, number>, port = 0): Promise<Server> {
  const serve = async (requestId: string) => {
    await pause(5 + Math.random() * 20)
    done.set(requestId, (done.get(requestId) ?? 0) + 1)
  }
  const app = createServiceApp({
    log: silentLog,
    routes: [
      route(orderContract.listOrders, async ({ request }) => {
        await serve(String(request.get('x-request-id')))
        return { orders: [], currentPage: 1, totalPages: 1, totalOrders: 0, nextCursor: null }
      }),
      route(orderContract.cancelOrder, async ({ request }) => {
        await serve(String(request.get('x-request-id')))
        return {} as never
      }),
    ],
    verifyUser: verifyTestUser,
    proof: testProof('order'),
    database,
    checkReady: async () => undefined,
  })
  return listen(app, port, '127.0.0.1')
}

jest.setTimeout(60_000)

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** Asks without a pause, so many at a time, until it is told to stop; keeps what came of each request. */
function startLoad(ports: number[], clients: number) {
  const urls = ports.map((port) => new URL(`http://127.0.0.1:${port}`))
  // Stands for a balancer in front as well, which turns away from a gateway that is about to stop.
  let backs = 0
  const agent = createBalancedAgent(urls, { timeoutMs: 20_000, onBack: () => void backs++ })
  const outcomes: string[] = []
  let running = true
  let sent = 0
  const ask = () =>
    new Promise<void>((resolve) => {
      const isRead = sent % 2 === 0
      const path = isRead ? '/api/orders' : '/api/orders/018f9c3e-0000-7000-8000-000000000000/cancel'
      const headers = { authorization, 'x-request-id': `request-${sent++}` }
      const request = http.request({ host: '127.0.0.1', method: isRead ? 'GET' : 'PUT', path, headers, agent })
      request.on('response', async (response) => {
        const body = await text(response).catch((error: Error) => error.message)
        outcomes.push(response.statusCode === 200 ? '200' : `${response.statusCode} ${body}`)
        resolve()
      })
      request.on('error', (error: NodeJS.ErrnoException) => {
        outcomes.push(`${request.method} ${error.message}`)
        resolve()
      })
      request.end()
    })
  const workers = Array.from({ length: clients }, async () => {
    while (running) await ask()
  })
  const stop = async () => {
    running = false
    await Promise.all(workers)
    agent.destroy()
  }
  atEnd.push(stop)
  /** Until so many more requests are over that every server has had some. */
  const goOn = async () => {
    const before = outcomes.length
    await eventually('requests', async () => outcomes.length > before + 3 * clients)
  }
  return { outcomes, stop, goOn, backs: () => backs }
}

/** The load first, then what it goes to; also of a test that failed half-way. */
const atEnd: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of atEnd.splice(0)) await stop()
})

let other: FakeService
beforeAll(async () => {
  other = await startFakeService('other')
})
afterAll(() => other.stop())

function urlsOf(order: string[]) {
  const others = [other.url]
  return { auth: others, product: others, cart: others, payment: others, order }
}

/** Long enough for every connection to be used, also on a machine that is busy with other tests. */
const drainMs = 2_000

/** So many requests that some of them meet every step of a restart, also on a slow machine. */
const enough = 100
const failuresIn = (outcomes: string[]) => outcomes.filter((outcome) => outcome !== '200')

test('a rolling restart of a service with two instances under load loses no request and sends none twice', async () => {
  const done = new Map<string, number>()
  const instances = [await startOrders(done), await startOrders(done)] as [Server, Server]
  const addresses = instances.map((server) => `http://127.0.0.1:${portOf(server)}`)
  const { log, lines } = captureLog()
  const backs = () => lines.filter((line) => line.includes('"event":"address_back"')).length
  const gateway = await startGateway({ serviceUrls: urlsOf(addresses), log })
  const load = startLoad([gateway.port], 24)
  atEnd.push(
    () => gateway.stop(),
    () => Promise.all(instances.map((server) => closeServer(server, { drainMs: 0 }))),
  )
  for (const index of [0, 1, 0, 1] as const) {
    const port = portOf(instances[index])
    await load.goOn()
    const before = backs()
    await closeServer(instances[index], { drainMs })
    instances[index] = await startOrders(done, port)
    // The other must not go while this one is out.
    await eventually('it to be taken back', async () => backs() > before)
  }
  await load.stop()
  expect(failuresIn(load.outcomes)).toEqual([])
  expect(load.outcomes.length).toBeGreaterThan(enough)
  expect(done.size).toBe(load.outcomes.length)
  expect([...done.values()].filter((times) => times !== 1)).toEqual([])
})

test('a rolling restart of two gateways under load loses no request either', async () => {
  const done = new Map<string, number>()
  const service = await startOrders(done)
  const serviceUrls = urlsOf([`http://127.0.0.1:${portOf(service)}`])
  const gateways = [await startGateway({ serviceUrls }), await startGateway({ serviceUrls })] as [
    TestGateway,
    TestGateway,
  ]
  const load = startLoad(
    gateways.map(({ port }) => port),
    24,
  )
  atEnd.push(
    () => Promise.all(gateways.map((gateway) => gateway.stop())),
    () => closeServer(service, { drainMs: 0 }),
  )
  for (const index of [0, 1, 0] as const) {
    const { port } = gateways[index]
    await load.goOn()
    const before = load.backs()
    await closeServer(gateways[index].server, { drainMs })
    await gateways[index].stop()
    gateways[index] = await startGateway({ serviceUrls }, port)
    await eventually('it to be taken back', async () => load.backs() > before)
  }
  await load.stop()
  expect(failuresIn(load.outcomes)).toEqual([])
  expect(load.outcomes.length).toBeGreaterThan(enough)
  expect(done.size).toBe(load.outcomes.length)
})
