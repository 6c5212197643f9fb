import { asUser, eventually } from '@duka/testkit'
import { ask, type OpenConnection, openConnection, showKeys, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let opened: OpenConnection[]
/** Answers that the service is in the middle of: for the gateway it is the same as a client who does not read on. */
let answers: Set<unknown>

async function start(options: Parameters<typeof startGateway>[0] = {}): Promise<void> {
  gateway = await startGateway({ trustedHops: 1, rateLimitFactor: 1, ...options })
  showKeys(gateway.services.auth)
  opened = []
  answers = new Set()
  const { order } = gateway.services
  const { answer } = order
  order.answer = (request, response) => {
    if (request.url !== '/api/orders?long') return answer(request, response)
    answers.add(response)
    response.on('close', () => answers.delete(response)).write('{')
  }
}
afterEach(async () => {
  for (const { socket } of opened) socket.destroy()
  await gateway.stop()
})

const carrier = '203.0.113.6'

/** In order, so that it is known who came first. */
async function read(count: number, address: string, ...headers: string[]): Promise<OpenConnection[]> {
  const head = ['GET /api/orders?long HTTP/1.1', 'Host: shop', `X-Forwarded-For: ${address}`, ...headers]
  const started: OpenConnection[] = []
  for (let each = 0; each < count; each++) {
    const connection = openConnection(gateway, `${head.join('\r\n')}\r\n\r\n`)
    started.push(connection)
    opened.push(connection)
    await eventually('the answer to begin', async () => connection.received().endsWith('{\r\n'))
  }
  return started
}

const isCut = ({ socket }: OpenConnection) => socket.closed

async function shop(): Promise<number[]> {
  const headers = { 'X-Forwarded-For': carrier }
  const post = { method: 'POST', headers, body: '{}' }
  const asked = [
    await ask(gateway, '/api/auth/login', post),
    await ask(gateway, '/api/orders', { headers }),
    await ask(gateway, '/api/orders', { ...post, headers: { ...headers, Authorization: asUser() } }),
  ]
  return asked.map(({ status }) => status)
}

test('a hundred and ten who do not read on keep no neighbour of their address out', async () => {
  await start()
  await read(110, carrier)
  expect(await shop()).toEqual([200, 200, 200])
  expect(opened.filter(isCut)).toEqual([])
})

test('beyond the bound of a client its oldest is cut, and its request to the service with it', async () => {
  await start({ readers: { max: 10, maxPerClient: 3 } })
  await read(5, carrier)
  await eventually('two to be cut', async () => opened.filter(isCut).length === 2)
  expect(opened.map(isCut)).toEqual([true, true, false, false, false])
  await eventually('the service to be rid of them', async () => answers.size === 3)
  expect(await shop()).toEqual([200, 200, 200])
})

test('beyond the bound of all the client that holds most makes room, and who is signed in is one of their own', async () => {
  await start({ readers: { max: 6, maxPerClient: 4 } })
  const few = await read(1, carrier, `Authorization: ${asUser()}`)
  const most = await read(3, '198.51.100.1')
  await read(2, carrier)
  await read(1, '198.51.100.2')
  await eventually('one to be cut', async () => opened.some(isCut))
  expect(most.map(isCut)).toEqual([true, false, false])
  expect(few.map(isCut)).toEqual([false])
  expect(opened.filter(isCut)).toHaveLength(1)
})

test('one who sends many at once over one connection and does not read is cut as one', async () => {
  await start({ readers: { max: 10, maxPerClient: 3 } })
  const request = `GET /api/orders?long HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: ${carrier}\r\n\r\n`
  opened.push(openConnection(gateway, request.repeat(4)))
  await eventually('it to be cut', async () => opened.every(isCut))
  await eventually('the service to be rid of it', async () => answers.size === 0)
  expect(await shop()).toEqual([200, 200, 200])
})
