import { createDaraja } from '../src/mpesa/daraja'
import { fault, merchant, startWire } from './fake-safaricom'
import { type Shop, startShop } from './support'

let shop: Shop
let wire: Awaited<ReturnType<typeof startWire>>

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(async () => {
  wire = await startWire()
})
afterEach(() => wire.stop())

/** A process of its own, as far as its memory goes; the database is shared. */
function newProcess() {
  const callbackBaseUrl = 'http://localhost:5000'
  const account = { ...merchant, baseUrl: wire.url, callbackBaseUrl, tillNumber: null, initiator: null }
  return createDaraja(account, shop.deps.database)
}

const request = { amount: 1, phoneNumber: '254712345678', accountReference: 'A', callbackUrl: 'http://localhost/m/1' }
const sentWith = () => wire.pushes.map(({ authorization }) => authorization)

test('many requests of many processes fetch one token', async () => {
  const processes = [newProcess(), newProcess(), newProcess()]
  const pushes = processes.flatMap((daraja) => Array.from({ length: 5 }, () => daraja.push(request)))
  for (const outcome of await Promise.all(pushes)) expect(outcome.kind).toBe('accepted')
  expect(wire.tokens).toHaveLength(1)
  expect(new Set(sentWith())).toEqual(new Set(['Bearer token-1']))
})

test.each([
  ['404.001.03', 404],
  ['400.003.01', 400],
  ['401.002.01', 401],
])('a token that is refused (%s) is replaced once, by whoever comes first', async (code, status) => {
  const processes = [newProcess(), newProcess()]
  await Promise.all(processes.map((daraja) => daraja.push(request)))
  wire.pushes.length = 0
  const { push } = wire
  wire.push = (body, authorization) =>
    authorization === 'Bearer token-1' ? fault(status, code, 'Invalid Access Token') : push(body, authorization)
  const again = processes.flatMap((daraja) => [daraja.push(request), daraja.push(request)])
  for (const outcome of await Promise.all(again)) expect(outcome.kind).toBe('accepted')
  expect(wire.tokens).toHaveLength(2)
  expect(sentWith().filter((token) => token === 'Bearer token-2')).toHaveLength(4)
})

test('a request is tried again only once', async () => {
  wire.push = () => fault(404, '404.001.03', 'Invalid Access Token')
  expect(await newProcess().push(request)).toMatchObject({ kind: 'refused', code: 'setup' })
  expect(sentWith()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a token is replaced a minute before its end', async () => {
  await newProcess().push(request)
  await shop.rows(`UPDATE mpesa_tokens SET expires_at = now() + interval '61 seconds' WHERE token = 'token-1'`)
  await newProcess().push(request)
  expect(wire.tokens).toHaveLength(1)
  await shop.rows(`UPDATE mpesa_tokens SET expires_at = now() + interval '59 seconds' WHERE token = 'token-1'`)
  await newProcess().push(request)
  expect(sentWith()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2'])
})

test('a process that died while it fetched holds up nobody for longer than its lease', async () => {
  await newProcess().push(request)
  await shop.rows(`UPDATE mpesa_tokens SET token = NULL, leased_until = now() + interval '300 milliseconds'`)
  expect(await newProcess().push(request)).toMatchObject({ kind: 'accepted' })
  expect(wire.tokens).toHaveLength(2)
})

test('a query goes under the same token', async () => {
  const daraja = newProcess()
  await daraja.push(request)
  expect(await daraja.query('ws_CO_1')).toEqual({ kind: 'pending' })
  expect(wire.tokens).toHaveLength(1)
})
