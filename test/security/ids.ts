import { randomUUID } from 'node:crypto'
import type { Endpoint } from '@duka/contracts'
import { type Call, callOf, endpointsWithoutCall, fillPath, nameOf, publicEndpoints, sharedThings } from './calls'
import { fillCart, type World } from './world'

const idName = /:(id|\w+Id)\b/
const withId = publicEndpoints.filter(({ path }) => idName.test(path))
/** What is a user's own, or a guest's. */
const owned = withId.filter((each) => (each.access === 'user' || each.access === 'guest') && !sharedThings.has(each))

interface Told {
  status: number
  body: object
  headers: string[]
}

/** Somebody else's thing cannot be told from one that does not exist, by anything that an answer says. */
export function describeIds(getWorld: () => World): void {
  test('a right call is known for every endpoint with an id or a body', () => {
    const missing = endpointsWithoutCall.map((name) => `Write a right call for ${name} into test/security/calls.ts`)
    expect(missing).toEqual([])
  })

  test.each(withId.map((each) => [nameOf(each), each] as const))(
    '%s: an id that is none is a 404',
    async (_name, contract) => {
      const world = getWorld()
      const call = await callOf(contract, world)
      const { id } = world.customer
      const wrong = [
        '1',
        '0',
        '-1',
        'null',
        'me',
        `${id}0`,
        id.slice(1),
        id.replaceAll('-', ''),
        '~',
        'a'.repeat(5_000),
      ]
      for (const each of wrong) {
        const answer = await ask(world, contract, { ...call, params: { id: each, orderId: each } })
        expect([each.slice(0, 50), answer.status]).toEqual([each.slice(0, 50), 404])
      }
      expect((await ask(world, contract, { ...call, params: {} })).status).toBe(404)
    },
  )

  test.each(owned.map((each) => [nameOf(each), each] as const))(
    "%s: somebody else's id is a missing one, whoever asks and whatever with",
    async (_name, contract) => {
      const world = getWorld()
      const { shop, productId, admin } = world
      const call = await callOf(contract, world)
      const stranger = await shop.openAccount()
      await fillCart(shop, productId, stranger.token)
      const guest = await fillCart(shop, productId)
      const askers: Asker[] = [{ token: stranger.token }, { token: admin }]
      if (contract.body) askers.push({ token: stranger.token, body: {} }, { token: stranger.token, body: { x: [] } })
      if (contract.access === 'guest') {
        askers.push({ token: undefined }, { token: undefined, headers: { 'X-Cart-Token': guest.cartToken } })
        askers.push({ token: stranger.token, headers: { 'X-Cart-Token': guest.cartToken } })
      }
      for (const asker of askers) {
        const theirs = await ask(world, contract, { ...call, ...asker })
        const missing = await ask(world, contract, { ...call, ...asker, params: missingOf(call) })
        expect(theirs).toMatchObject({ status: 404, body: { code: 'not_found' } })
        expect(theirs).toEqual(missing)
      }
      const own = await ask(world, contract, call)
      expect([200, 201, 204, 409]).toContain(own.status)
    },
  )

  const forGuests = owned.filter(({ access }) => access === 'guest')
  test.each(forGuests.map((each) => [nameOf(each), each] as const))(
    "%s: a guest's things are that guest's alone",
    async (_name, contract) => {
      const world = getWorld()
      const { shop, productId, customer } = world
      const { itemId, cartToken } = await fillCart(shop, productId)
      const other = await fillCart(shop, productId)
      const call = { ...(await callOf(contract, world)), token: undefined, params: { id: itemId } }
      const wrong = [other.cartToken, cartToken.slice(0, -1), `${cartToken}A`, cartToken.toUpperCase(), '', itemId]
      const askers: Asker[] = wrong.map((each) => ({ headers: { 'X-Cart-Token': each } }))
      for (const asker of [{}, ...askers, { token: customer.token, headers: { 'X-Cart-Token': cartToken } }]) {
        const theirs = await ask(world, contract, { ...call, ...asker })
        expect(theirs.status).toBe(404)
        expect(theirs).toEqual(await ask(world, contract, { ...call, ...asker, params: missingOf(call) }))
      }
      expect((await ask(world, contract, { ...call, headers: { 'X-Cart-Token': cartToken } })).status).toBe(200)
    },
  )

  test("ids in a body are no way around: nobody pays for, or sees, somebody else's order", async () => {
    const { shop, orderId, admin } = getWorld()
    const stranger = await shop.register()
    const pay = (id: string, token: string) =>
      shop.post('/api/payments/mpesa', { orderId: id, phoneNumber: '0712000098' }, token)
    for (const token of [stranger, admin]) {
      const [theirs, missing] = await Promise.all([pay(orderId, token), pay(randomUUID(), token)])
      expect(told(theirs)).toEqual(told(missing))
      expect(theirs.status).toBe(404)
    }
    const lists = await Promise.all(['/api/orders', '/api/cart'].map((path) => shop.get(path, stranger)))
    expect(lists.map(({ body }) => body)).toEqual([
      expect.objectContaining({ totalOrders: 0, orders: [] }),
      { cart: expect.objectContaining({ id: null, items: [] }) },
    ])
  })
}

type Asker = Pick<Call, 'token' | 'body'> & { headers?: Record<string, string> }

function missingOf({ params = {} }: Call): Record<string, string> {
  return Object.fromEntries(Object.keys(params).map((name) => [name, randomUUID()]))
}

async function ask({ shop }: World, contract: Endpoint, { params, ...sent }: Call & Asker): Promise<Told> {
  return told(await shop.send(contract.method, fillPath(contract.publicPaths[0]!, params), sent))
}

/** All of an answer that does not change by itself. */
function told({ status, body, headers }: Awaited<ReturnType<World['shop']['send']>>): Told {
  const names = [...headers.keys()].filter(
    (name) => !['date', 'x-request-id'].includes(name) && !name.startsWith('ratelimit'),
  )
  return {
    status,
    body: { ...(body as object), requestId: '', traceId: '' },
    headers: names.map((name) => `${name}: ${headers.get(name)}`),
  }
}
