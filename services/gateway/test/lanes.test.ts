import { randomUUID } from 'node:crypto'
import type http from 'node:http'
import { connect, type Socket } from 'node:net'
import { asUser, eventually } from '@duka/testkit'
import { ask, countConnections, expectProblem, showKeys, startGateway, type TestGateway } from './support'

let gateway: TestGateway
let sockets: Socket[] = []

beforeEach(async () => {
  gateway = await startGateway({ trustedHops: 1, places: { maxWaiting: 5, maxPerAddress: 3 } })
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await gateway.stop()
})

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
const attacker = '203.0.113.6'

/** Sends the beginning of a request and no more, and reads nothing. */
function sendAndWait(bytes: string): void {
  const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes))
  socket.on('error', () => undefined).pause()
  sockets.push(socket)
}

const getAs = (address: string) => (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: ${address}\r\n\r\n`

/** What becomes of as many requests as there are places for. */
const askAll = () => Promise.all([1, 2, 3].map((page) => ask(gateway, `/api/cart?${page}`, from(attacker))))

const tokenOf = (user: string) => ({ Authorization: asUser(user), 'X-Forwarded-For': attacker })

/** Takes so many places at a service that does not answer. */
async function hold(service: 'cart' | 'payment', count: number, askOne: (index: number) => Promise<unknown>) {
  const held: http.ServerResponse[] = []
  const { answer } = gateway.services[service]
  gateway.services[service].answer = (_request, response) => void held.push(response)
  const asked = Array.from({ length: count }, (_, index) => askOne(index))
  await eventually('the places to be taken', async () => held.length === count)
  gateway.services[service].answer = answer
  return async () => {
    for (const response of held) response.end('{}')
    await Promise.all(asked)
  }
}

test('a client that fills its own places takes nobody else’s', async () => {
  const release = await hold('cart', 3, (page) => ask(gateway, `/api/cart?${page}`, from(attacker)))
  const refused = await ask(gateway, '/api/cart', from(attacker))
  expectProblem(refused, 429, 'too_many_at_once')
  expect(refused.headers['retry-after']).toBe('1')
  expect((await ask(gateway, '/api/cart', from('203.0.113.7'))).status).toBe(200)
  await release()
  expect((await ask(gateway, '/api/cart', from(attacker))).status).toBe(200)
})

test('the addresses of one IPv6 network share their places', async () => {
  const release = await hold('cart', 3, (page) => ask(gateway, `/api/cart?${page}`, from(`2001:db8::${page}`)))
  expectProblem(await ask(gateway, '/api/cart', from('2001:db8::4')), 429, 'too_many_at_once')
  expect((await ask(gateway, '/api/cart', from('2001:db8:0:100::1'))).status).toBe(200)
  await release()
})

test('shoppers who fill payment leave the places of webhooks free', async () => {
  const release = await hold('payment', 5, (index) => ask(gateway, '/api/payments/order/1', from(`203.0.113.${index}`)))
  expectProblem(await ask(gateway, '/api/payments/order/1', from('203.0.113.99')), 503, 'service_unavailable')
  const callback = await ask(gateway, '/api/webhook/mpesa', { method: 'POST', body: '{}', ...from('203.0.113.99') })
  expect(callback.status).toBe(200)
  await release()
})

describe('who is signed in', () => {
  const [amina, brian, chep] = [randomUUID(), randomUUID(), randomUUID()]
  const read = (user: string) => ask(gateway, '/api/cart', { headers: tokenOf(user) })

  beforeEach(async () => {
    await gateway.stop()
    const places = { maxWaiting: 9, maxPerAddress: 3, maxPerUser: 2, maxUsersPerAddress: 4 }
    gateway = await startGateway({ trustedHops: 1, places })
    showKeys(gateway.services.auth)
  })

  test('takes places of their own: an account that fills them keeps out no neighbour of its address', async () => {
    const release = await hold('cart', 2, () => read(amina))
    const refused = await read(amina)
    expectProblem(refused, 429, 'too_many_at_once')
    expect(refused.json().detail).toContain('your account')
    expect((await read(brian)).status).toBe(200)
    expect((await ask(gateway, '/api/cart', from(attacker))).status).toBe(200)
    await release()
    expect((await read(amina)).status).toBe(200)
  })

  test('has places where strangers at the same address have filled theirs', async () => {
    const release = await hold('cart', 3, (page) => ask(gateway, `/api/cart?${page}`, from(attacker)))
    expectProblem(await ask(gateway, '/api/cart', from(attacker)), 429, 'too_many_at_once')
    expect((await read(amina)).status).toBe(200)
    await release()
  })

  test('shares with all others of an address what that may have, and no more', async () => {
    const release = await hold('cart', 4, (index) => read(index % 2 ? amina : brian))
    const refused = await read(chep)
    expectProblem(refused, 429, 'too_many_at_once')
    expect(refused.json().detail).toContain('your address')
    const elsewhere = { ...tokenOf(chep), 'X-Forwarded-For': '203.0.113.7' }
    expect((await ask(gateway, '/api/cart', { headers: elsewhere })).status).toBe(200)
    await release()
  })
})

test('a large body takes as many places as its memory is worth', async () => {
  const post = (size: number) =>
    ask(gateway, '/api/cart/items', { method: 'POST', body: Buffer.alloc(size), ...from(attacker) })
  const release = await hold('cart', 1, () => post(70_000))
  expectProblem(await post(1), 429, 'too_many_at_once')
  await release()
  expect((await post(1)).status).toBe(200)
})

test('clients who do not read their answers keep nobody from asking', async () => {
  let answered = 0
  const large = Buffer.alloc(20_000_000)
  gateway.services.product.answer = (request, response) => {
    if (request.url?.includes('large')) response.end(large)
    else response.end('{}')
    answered++
  }
  for (let sent = 0; sent < 5; sent++) {
    sendAndWait(`GET /api/products?large HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 203.0.113.${sent}\r\n\r\n`)
  }
  await eventually('the answers to begin', async () => answered === 5)
  expect((await ask(gateway, '/api/products', from('203.0.113.99'))).status).toBe(200)
  // Their answers are still on their way.
  expect(sockets.map(({ bytesRead }) => bytesRead < large.length)).toEqual(Array(5).fill(true))
})

test('a client that sends many at once over one connection and goes away leaves no place taken', async () => {
  let arrived = 0
  gateway.services.cart.answer = () => {
    arrived++
  }
  sendAndWait(['/api/cart?1', '/api/cart?2', '/api/cart?3'].map(getAs(attacker)).join(''))
  await eventually('all at the service', async () => arrived === 3)
  sockets[0]?.destroy()
  gateway.services.cart.answer = (_request, response) => void response.end('{}')
  await eventually('the places to be free', async () => (await askAll()).every(({ status }) => status === 200))
})

test('others who wait for what such a client asked for are answered when it is gone', async () => {
  let arrived = 0
  gateway.services.product.answer = () => {
    arrived++
  }
  sendAndWait(['/api/products?first', '/api/products?second'].map(getAs(attacker)).join(''))
  await eventually('both at the service', async () => arrived === 2)
  const other = ask(gateway, '/api/products?second', from('203.0.113.7'))
  await eventually('the other to be there', async () => (await countConnections(gateway)) === 2)
  gateway.services.product.answer = (_request, response) => void response.end('{}')
  sockets[0]?.destroy()
  expect((await other).status).toBe(200)
})

test('a client that goes away while its token is checked leaves no place taken', async () => {
  const held: (() => void)[] = []
  gateway.services.auth.answer = (_request, response) => void held.push(() => response.end('{"keys":[]}'))
  const header = Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"unknown"}').toString('base64url')
  const token = `${header}.${Buffer.from('{}').toString('base64url')}.c2ln`
  const head = `X-Forwarded-For: ${attacker}\r\nAuthorization: Bearer ${token}`
  for (let sent = 0; sent < 3; sent++) sendAndWait(`GET /api/cart HTTP/1.1\r\nHost: shop\r\n${head}\r\n\r\n`)
  await eventually('the keys to be asked for', async () => held.length > 0)
  await eventually('all to be there', async () => (await countConnections(gateway)) === 3)
  for (const socket of sockets) socket.destroy()
  await eventually('all to be gone', async () => (await countConnections(gateway)) === 0)
  for (const release of held) release()
  expect((await askAll()).map(({ status }) => status)).toEqual([200, 200, 200])
  expect(gateway.services.cart.seen).toHaveLength(3)
})
