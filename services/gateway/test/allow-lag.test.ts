import { randomUUID } from 'node:crypto'
import { asUser, testJwks } from '@duka/testkit'
import type { Recall } from '../src/recall-users'
import { recallHere } from '../src/recall-users'
import { ask, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let now: number

async function start(recall: Recall = recallHere(() => now)): Promise<void> {
  gateway = await startGateway({ lag: { maxLagMs: 5_000, recall } })
  gateway.services.auth.answer = (request, response) =>
    void response.end(request.url === '/.well-known/jwks.json' ? JSON.stringify(testJwks) : '{}')
}
beforeEach(() => {
  now = 100_000
})
afterEach(() => gateway.stop())

/** How old the service was told that its answer may be. */
async function toldOf(authorization: string | undefined, path = '/api/orders', headers = {}) {
  await ask(gateway, path, { headers: { ...(authorization && { authorization }), ...headers } })
  return gateway.seen().findLast(({ url }) => url === path)?.headers['x-max-lag-ms']
}

test('a list may lag, but not behind what its reader wrote or saw', async () => {
  await start()
  const [amina, brian] = [asUser(randomUUID()), asUser(randomUUID())]
  now += 60_000
  expect(await toldOf(amina)).toBe('5000')
  now += 60_000
  await ask(gateway, '/api/cart/items', { method: 'POST', headers: { authorization: amina }, body: '{}' })
  expect(await toldOf(amina)).toBeUndefined()
  expect(await toldOf(brian)).toBe('5000')
  now += 60_000
  expect(await toldOf(amina)).toBe('5000')
  expect(await toldOf(amina)).toBeUndefined()
  now += 700
  expect(await toldOf(amina)).toBe('700')
})

test('what came from a replica may be as old again, and its age is for the gateway only', async () => {
  await start()
  const amina = asUser(randomUUID())
  now += 60_000
  gateway.services.order.answer = (request, response) => {
    gateway.services.order.seen.push({ url: request.url, headers: request.headers } as never)
    response.setHeader('X-Lag-Ms', '1200').end('{}')
  }
  const first = await ask(gateway, '/api/orders', { headers: { authorization: amina } })
  expect(first.headers['x-lag-ms']).toBeUndefined()
  expect(await toldOf(amina)).toBe('1200')
  now += 300
  expect(await toldOf(amina)).toBe('1500')
})

test('only lists may lag, and only as far as the gateway says', async () => {
  await start()
  now += 60_000
  const claim = { 'X-Max-Lag-Ms': '60000', x_max_lag_ms: '60000' }
  expect(await toldOf(asUser(randomUUID()), `/api/orders/${randomUUID()}`, claim)).toBeUndefined()
  expect(await toldOf(asUser(randomUUID()), '/api/cart', claim)).toBeUndefined()
  expect(await toldOf(undefined, '/api/products', claim)).toBeUndefined()
  expect(await toldOf(asUser(randomUUID()), '/api/orders', claim)).toBe('5000')
})

test('a write that was not answered counts too', async () => {
  await start()
  const amina = asUser(randomUUID())
  now += 60_000
  gateway.services.payment.answer = (request) => void request.socket.destroy()
  const answer = await ask(gateway, '/api/payments/mpesa', {
    method: 'POST',
    headers: { authorization: amina },
    body: '{}',
  })
  expect(answer.status).toBe(503)
  expect(await toldOf(amina)).toBeUndefined()
})

test('nobody hears of anything before it is noted everywhere', async () => {
  let finish = () => {}
  const noted = new Promise<void>((resolve) => {
    finish = resolve
  })
  const notes: number[] = []
  await start({
    ageOf: async () => 400,
    async note(_userId, ageMs) {
      notes.push(ageMs)
      await noted
    },
  })
  let isAnswered = false
  const asked = toldOf(asUser(randomUUID())).then((told) => {
    isAnswered = true
    return told
  })
  while (notes.length === 0) await new Promise(setImmediate)
  expect(isAnswered).toBe(false)
  finish()
  expect(await asked).toBe('400')
})

test('without the setting nothing may lag', async () => {
  gateway = await startGateway()
  gateway.services.auth.answer = (_request, response) => void response.end(JSON.stringify(testJwks))
  expect(await toldOf(asUser(randomUUID()))).toBeUndefined()
})

describe('users here', () => {
  test('have seen what there was when the gateway started', () => {
    const recall = recallHere(() => now)
    now += 300
    expect(recall.ageOf('amina')).toBe(300)
  })

  test('are no older than what they saw last, in whatever order it is noted', () => {
    const recall = recallHere(() => now)
    now += 60_000
    void recall.note('amina', 100)
    void recall.note('amina', 5_000)
    expect(recall.ageOf('amina')).toBe(100)
  })

  test('who are too many are none the worse for it', () => {
    const recall = recallHere(() => now)
    now += 60_000
    for (let user = 0; user < 50_001; user++) void recall.note(`user ${user}`, 0)
    now += 250
    expect(recall.ageOf('user 0')).toBe(250)
  })
})
