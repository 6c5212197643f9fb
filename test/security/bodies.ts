import { randomUUID } from 'node:crypto'
import type { Endpoint } from '@duka/contracts'
import { attack } from './attack'
import { type Call, callOf, fillPath, nameOf, publicEndpoints } from './calls'
import { inBatches } from './in-batches'
import { createRandom, nastyCursors, nastyJson, nastyTexts, placesOf, replaceIn } from './nasty-values'
import { brokenBodies, oddBodies } from './odd-bodies'
import type { World } from './world'

const withBody = publicEndpoints.filter(({ body }) => body !== undefined)
const named = (list: typeof publicEndpoints) => list.map((each) => [nameOf(each), each] as const)
/** Whatever comes as a body or a query is answered as the contract says, and no service falls over it. */
export function describeBodies(getWorld: () => World): void {
  /** Made at once, because some take a while: one for bodies that change nothing, one for those that may. */
  let calls: Map<Endpoint, { safe: Call; spent: Call }>

  beforeAll(async () => {
    const world = getWorld()
    const make = async (contract: Endpoint) => {
      const [safe, spent] = await Promise.all([callOf(contract, world), callOf(contract, world)])
      return [contract, { safe, spent }] as const
    }
    calls = new Map(await inBatches(publicEndpoints, publicEndpoints.length, make))
  })

  test.each(named(withBody))('%s refuses bodies that are broken', async (_name, contract) => {
    const world = getWorld()
    const call = calls.get(contract)!.safe
    const path = fillPath(contract.publicPaths[0]!, call.params)
    const answers = await inBatches(brokenBodies, 10, async ({ name, raw, headers, statuses }) => {
      const sent = { raw, token: call.token, ...(headers && { headers }) }
      const { status, wrong } = await attack(world, contract.method, path, sent)
      return wrong ?? (statuses.includes(status) ? 'refused' : `${name}: ${status}`)
    })
    expect(answers.filter((answer) => answer !== 'refused')).toEqual([])
  })

  test.each(named(withBody))(
    '%s survives bodies that are odd, also under a key that makes it read all',
    async (_name, contract) => {
      const world = getWorld()
      const call = calls.get(contract)!.safe
      const path = fillPath(contract.publicPaths[0]!, call.params)
      const twice = '{"__proto__":null,"quantity":-1,"price":0,"role":"admin",'
      const duplicated = JSON.stringify(call.body).replace(/^\{/, twice)
      const bodies = [...oddBodies, { raw: duplicated }].flatMap(({ raw }) => [{ raw }, { raw, headers: newKey() }])
      const answers = await inBatches(bodies, 6, (sent) =>
        attack(world, contract.method, path, { ...sent, token: call.token }),
      )
      expect(answers.flatMap(({ wrong }) => wrong ?? [])).toEqual([])
    },
  )

  const webhooks = publicEndpoints.filter(({ rawBody }) => rawBody)
  test.each(named(webhooks))('%s: anybody may send anything', async (_name, contract) => {
    const world = getWorld()
    const path = fillPath(contract.publicPaths[0]!, calls.get(contract)!.safe.params)
    const bodies = [...brokenBodies, ...oddBodies, ...nastyJson.map((raw) => ({ raw }))]
    const answers = await inBatches(bodies, 10, (sent) => attack(world, contract.method, path, sent))
    expect(answers.flatMap(({ wrong }) => wrong ?? [])).toEqual([])
  })

  test('a polluted prototype would show in what comes after: nothing does', async () => {
    const { shop } = getWorld()
    const { user } = (await shop.post('/api/auth/register', fresh())).body as { user: Record<string, unknown> }
    expect(user).toMatchObject({ role: 'customer' })
    expect(user).not.toHaveProperty('polluted')
    expect((await shop.get('/api/auth/users')).status).toBe(401)
  })

  const seed = 20_260_101
  test.each(named(withBody))(`%s: nasty values in every place (seed ${seed})`, async (_name, contract) => {
    const world = getWorld()
    const call = calls.get(contract)!.spent
    const random = createRandom(seed + contract.path.length)
    const places = placesOf(call.body)
    const bodies = Array.from({ length: 50 }, () => {
      const place = places[Math.floor(random() * places.length)]!
      return replaceIn(call.body, place, nastyJson[Math.floor(random() * nastyJson.length)]!)
    })
    const path = fillPath(contract.publicPaths[0]!, call.params)
    const sent = (raw: string) => ({
      raw,
      token: call.token,
      headers: random() < 0.2 ? newKey() : {},
    })
    const answers = await inBatches(bodies, 8, (raw) => attack(world, contract.method, path, sent(raw)))
    expect(answers.flatMap(({ wrong }) => wrong ?? [])).toEqual([])
  })

  test.each(named(withQuery))('%s: every nasty text in every parameter', async (_name, contract) => {
    const world = getWorld()
    const call = calls.get(contract)!.safe
    const queries = newFieldsOf(contract).flatMap((field) => [
      ...[...writtenTexts, ...(field === 'cursor' ? nastyCursors : [])].map((text) => `${field}=${text}`),
      ...shapesOf(field),
    ])
    const answers = await inBatches(queries, 16, (query) => attackQuery(world, contract, call, query))
    expect(answers.flatMap(({ wrong }) => wrong ?? [])).toEqual([])
  })

  test('nasty text in every header that the shop reads', async () => {
    const world = getWorld()
    const names = [
      'Idempotency-Key',
      'X-Cart-Token',
      'X-Request-Id',
      'If-None-Match',
      'If-Match',
      'User-Agent',
      'Origin',
      'Accept',
    ]
    const texts = nastyTexts.map(asHeader).filter((text) => text.length < 5_000)
    const targets = ['/api/cart/items', '/api/orders', '/api/auth/login'].map((path) => ['POST', path] as const)
    const attacks = names
      .flatMap((name) => texts.map((text) => ({ [name]: text })))
      .map((headers, at) => ({ headers, target: targets[at % 3]! }))
    const answers = await inBatches(attacks, 16, ({ headers, target: [method, path] }) =>
      attack(world, method, path, {
        raw: '{}',
        headers,
        token: path.includes('login') ? undefined : world.customer.token,
      }),
    )
    expect(answers.flatMap(({ wrong }) => wrong ?? [])).toEqual([])
  })
}

/** Bytes that a client can send in a header: no control characters. */
function asHeader(text: string): string {
  return Buffer.from(Buffer.from(text).filter((byte) => byte >= 0x20 && byte !== 0x7f)).toString('latin1')
}

function newKey(): Record<string, string> {
  return { 'Idempotency-Key': randomUUID() }
}

function fresh() {
  return { name: 'Amina', email: `${randomUUID()}@example.com`, password: randomUUID() }
}

const rawQueries = ['%', '%zz', '%ff%fe', '%00', '%ed%a0%80', '+', '&', '&&&=', '=', '%5B%5D']

const writtenTexts = [
  ...nastyTexts.filter((text) => text.length < 5_000 && text.isWellFormed()).map(encodeURIComponent),
  ...rawQueries,
]

const shapeOf = ({ query }: Endpoint) => (query as unknown as { shape: Record<string, unknown> }).shape
const withQuery = publicEndpoints.filter(({ query }) => query !== undefined)

/** A query's fields, but for those whose very schema another endpoint has: `page` is read alike everywhere. */
function newFieldsOf(contract: Endpoint): string[] {
  const before = new Set(
    withQuery.slice(0, withQuery.indexOf(contract)).flatMap((each) => Object.values(shapeOf(each))),
  )
  return Object.entries(shapeOf(contract)).flatMap(([name, schema]) =>
    name === 'cursor' || !before.has(schema) ? [name] : [],
  )
}

/** A parameter in other shapes than one text. */
const shapesOf = (field: string) => [
  `${field}=1&${field}=2`,
  `${field}[]=1`,
  `${field}[a]=1`,
  `${field}[__proto__][x]=1`,
  field,
]

function attackQuery(world: World, { method, publicPaths }: Endpoint, { params, token }: Call, query: string) {
  return attack(world, method, `${fillPath(publicPaths[0]!, params)}?${query}`, { token })
}
