import { once } from 'node:events'
import { asUser, eventually } from '@duka/testkit'
import {
  type Answer,
  ask,
  type OpenConnection,
  openConnection,
  sendSlowly,
  showKeys,
  startGateway,
  type TestGateway,
} from './support'

let gateway: TestGateway
let opened: OpenConnection[] = []

async function start(options: Parameters<typeof startGateway>[0] = {}): Promise<void> {
  gateway = await startGateway({ trustedHops: 1, rateLimitFactor: 1, ...options })
  showKeys(gateway.services.auth)
}
afterEach(async () => {
  for (const { socket } of opened) socket.destroy()
  opened = []
  await gateway.stop()
})

const carrier = '203.0.113.6'
const from = (address: string) => `X-Forwarded-For: ${address}`

async function hold(count: number, path: string, ...headers: string[]): Promise<OpenConnection[]> {
  const started = await sendSlowly(gateway, count, path, headers)
  opened.push(...started)
  return started
}

/** Someone else behind the carrier's address. */
function post(path: string, headers = {}): Promise<Answer> {
  return ask(gateway, path, { method: 'POST', headers: { 'X-Forwarded-For': carrier, ...headers }, body: '{"a":1}' })
}

async function shop(): Promise<number[]> {
  const answers = [
    await post('/api/auth/login'),
    await post('/api/cart/items'),
    await post('/api/cart/items', { Authorization: asUser() }),
    await post('/api/auth/register'),
  ]
  return answers.map(({ status }) => status)
}

const statusOf = ({ received }: OpenConnection) => /HTTP\/1\.1 ([2-5]\d\d)/.exec(received())?.[1] ?? 'arriving'

test.each([
  [110, '/api/auth/login'],
  [300, '/api/auth/login'],
  [110, '/api/cart/items'],
  [300, '/api/cart/items'],
  [300, '/api/auth/register'],
  [300, '/api/auth/refresh'],
])('%i bodies that do not arrive at %s keep no neighbour of their address out', async (count, path) => {
  await start()
  await hold(count, path, from(carrier))
  expect(await shop()).toEqual([200, 200, 200, 200])
  expect(opened.map(statusOf)).toEqual(Array(count).fill('arriving'))
})

test('a body that arrives at last is answered as any other', async () => {
  await start()
  const [slow] = (await hold(1, '/api/auth/login', from(carrier))) as [OpenConnection]
  slow.socket.write(`"a":"${'b'.repeat(32)}"}`)
  await once(slow.socket, 'data')
  expect(statusOf(slow)).toBe('200')
})

/** Room for five of one client, and twenty in all. */
const room = { maxArrivingBytes: 20 * 17_000 }

test('beyond the bound of a client its oldest makes room, for neighbours behind its address too', async () => {
  await start(room)
  await hold(5, '/api/auth/login', from(carrier))
  expect(await shop()).toEqual([200, 200, 200, 200])
  const [first] = opened as [OpenConnection]
  await eventually('the oldest to be sent away', async () => first.socket.readableEnded)
  expect(opened.map(statusOf)).toEqual(['408', ...Array(4).fill('arriving')])
  expect(first.received()).toMatch(/Connection: close\r\n.*"code":"request_timeout"/s)
  const [, requestId] = /X-Request-Id: (\S+)/.exec(first.received()) ?? []
  expect(first.received()).toContain(`"requestId":"${requestId}"`)
})

test('beyond the bound of all, the client that holds most makes room, and who is signed in is one of their own', async () => {
  await start(room)
  const authorization = `Authorization: ${asUser()}`
  const few = await hold(1, '/api/cart/items', from(carrier), authorization)
  const most = [...(await hold(5, '/api/auth/login', from('198.51.100.1')))]
  for (const other of [2, 3, 4]) await hold(4, '/api/auth/login', from(`198.51.100.${other}`))
  await hold(2, '/api/auth/login', from(carrier))
  expect(opened.map(statusOf)).toEqual(Array(20).fill('arriving'))
  await hold(1, '/api/auth/login', from('198.51.100.5'))
  await eventually('one to be sent away', async () => opened.some(({ socket }) => socket.readableEnded))
  expect(most.map(statusOf)).toEqual(['408', ...Array(4).fill('arriving')])
  expect(opened.filter((each) => statusOf(each) === 'arriving')).toHaveLength(20)
  expect(few.map(statusOf)).toEqual(['arriving'])
})

test('what bodies hold in memory counts, so that a few large ones make room as well', async () => {
  await start({ ...room, maxBodyBytes: 80_000 })
  const head = `POST /api/orders HTTP/1.1\r\nHost: shop\r\n${from(carrier)}\r\nExpect: 100-continue`
  for (let sent = 0; sent < 2; sent++) {
    const large = openConnection(gateway, `${head}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    opened.push(large)
    await once(large.socket, 'data')
    large.socket.write(`9c40\r\n${'a'.repeat(40_000)}\r\n`)
  }
  const [older, newer] = opened as [OpenConnection, OpenConnection]
  await once(older.socket, 'data')
  expect(statusOf(older)).toBe('408')
  newer.socket.write('0\r\n\r\n')
  await once(newer.socket, 'data')
  expect(statusOf(newer)).toBe('200')
})

test('a body that came whole is never sent away, however many hang', async () => {
  await start(room)
  await hold(20, '/api/auth/login', from(carrier))
  const answers = await Promise.all(Array.from({ length: 50 }, () => post('/api/cart/items')))
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
})
