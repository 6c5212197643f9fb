import { randomUUID } from 'node:crypto'
import { type Call, callOf, fillPath, nameOf, publicEndpoints } from './calls'
import { inBatches } from './in-batches'
import { createRandom, nastyJson, nastyTexts, placesOf, replaceIn } from './nasty-values'
import type { World } from './world'

const withBody = publicEndpoints.filter(({ body }) => body !== undefined)
const named = (list: typeof publicEndpoints) => list.map((each) => [nameOf(each), each] as const)
const json = { 'Content-Type': 'application/json' }
/** As deep as fits into the largest body. */
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

interface Attack {
  name: string
  raw: Buffer | string
  headers?: Record<string, string>
  statuses: readonly number[]
}

/** Bodies that are wrong whatever they are for. */
const brokenBodies: readonly Attack[] = [
  { name: 'too large', raw: `{"a":"${'x'.repeat(300_000)}"}`, statuses: [413] },
  { name: 'much too large', raw: Buffer.alloc(3_000_000, 'x'), statuses: [413] },
  { name: '100,000 levels of lists', raw: deep(100_000), statuses: [400] },
  { name: '100,000 levels that never end', raw: '['.repeat(100_000), statuses: [400] },
  { name: '30,000 levels of objects', raw: '{"a":'.repeat(30_000), statuses: [400] },
  { name: 'a list', raw: '[{}]', statuses: [400] },
  { name: 'text', raw: '"text"', statuses: [400] },
  { name: 'a number', raw: '1', statuses: [400] },
  { name: 'null', raw: 'null', statuses: [400] },
  { name: 'two documents', raw: '{}{}', statuses: [400] },
  { name: 'a comment', raw: '{}/* */', statuses: [400] },
  { name: 'single quotes', raw: "{'a':1}", statuses: [400] },
  { name: 'NaN', raw: '{"a":NaN}', statuses: [400] },
  { name: 'a hexadecimal number', raw: '{"a":0x10}', statuses: [400] },
  { name: 'NUL bytes', raw: Buffer.from('{"a":\u00001}'), statuses: [400] },
  { name: 'a NUL in text', raw: Buffer.from('{"a":"\u0000"}'), statuses: [400] },
  { name: 'UTF-16 that says UTF-8', raw: Buffer.from('\ufeff{"a":1}', 'utf16le'), statuses: [400] },
  { name: 'text that is no UTF-8', raw: Buffer.from('7b2261223a22ff227d', 'hex'), statuses: [400] },
  { name: 'bytes that are no UTF-8', raw: Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x7d]), statuses: [400] },
  { name: 'a form', raw: 'a=1&b=2', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, statuses: [400] },
  { name: 'plain text', raw: '{}', headers: { 'Content-Type': 'text/plain' }, statuses: [400] },
  { name: 'XML', raw: '<a/>', headers: { 'Content-Type': 'application/xml' }, statuses: [400] },
  { name: 'parts', raw: '--x--', headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, statuses: [400] },
  { name: 'Latin-1', raw: '{}', headers: { 'Content-Type': 'application/json; charset=latin1' }, statuses: [400, 415] },
  { name: 'UTF-7', raw: '{}', headers: { 'Content-Type': 'application/json; charset=utf-7' }, statuses: [415] },
  {
    name: 'no charset at all',
    raw: '{}',
    headers: { 'Content-Type': 'application/json; charset=__proto__' },
    statuses: [415],
  },
  { name: 'what is not packed', raw: '{}', headers: { ...json, 'Content-Encoding': 'gzip' }, statuses: [400] },
  { name: 'an unknown packing', raw: '{}', headers: { ...json, 'Content-Encoding': 'x' }, statuses: [415] },
]

/** Bodies that a lenient reader takes, in which only the reading may differ. */
const oddBodies: readonly Pick<Attack, 'name' | 'raw'>[] = [
  { name: 'a byte order mark', raw: '\ufeff{}' },
  { name: 'nothing in it', raw: '{}' },
  { name: 'pollution', raw: '{"__proto__":{"polluted":true,"role":"admin","isAdmin":true}}' },
  { name: 'pollution by the constructor', raw: '{"constructor":{"prototype":{"polluted":true}}}' },
  {
    name: 'pollution deeper down',
    raw: '{"items":[{"__proto__":{"polluted":true}}],"shippingAddress":{"__proto__":{"city":1}}}',
  },
  { name: 'names of methods', raw: '{"toString":1,"valueOf":2,"hasOwnProperty":3,"toJSON":4,"then":5}' },
  { name: 'an unknown field of 90,000 levels', raw: `{"x":${deep(90_000)}}` },
  { name: '20,000 fields', raw: `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":1`).join(',')}}` },
]

type Sent = { raw?: string | Buffer; token?: string | undefined; headers?: Record<string, string> }

/** The answer, which is never our own failure, and where it is a refusal, one of the contract's form. */
export async function attack({ shop }: World, method: string, path: string, { raw, token, headers }: Sent) {
  const response = await fetch(shop.url + path, {
    method,
    headers: { ...(raw !== undefined && json), ...(token && { Authorization: `Bearer ${token}` }), ...headers },
    ...(raw !== undefined && { body: raw }),
  })
  const text = await response.text()
  const { status } = response
  const wrong = (what: string) =>
    `${what}: ${method} ${path.slice(0, 300)} ${String(raw).slice(0, 500)} → ${status} ${text.slice(0, 300)}`
  if (status >= 500) return { status, wrong: wrong('a failure of ours') }
  if (status < 400) return { status }
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  const problem = isProblem ? (JSON.parse(text) as Record<string, unknown>) : {}
  const isWhole =
    problem.status === status && problem.code && problem.requestId === response.headers.get('x-request-id')
  return isWhole ? { status } : { status, wrong: wrong('no problem document') }
}

/** Whatever comes as a body or a query is answered as the contract says, and no service falls over it. */
export function describeBodies(getWorld: () => World): void {
  test.each(named(withBody))('%s refuses bodies that are broken', async (_name, contract) => {
    const world = getWorld()
    const call = await callOf(contract, world)
    const path = fillPath(contract.publicPaths[0]!, call.params)
    const answers = await inBatches(brokenBodies, 6, async ({ name, raw, headers, statuses }) => {
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
      const call = await callOf(contract, world)
      const path = fillPath(contract.publicPaths[0]!, call.params)
      const duplicated = JSON.stringify(call.body).replace(
        /^\{/,
        '{"__proto__":null,"quantity":-1,"price":0,"role":"admin",',
      )
      for (const { raw } of [...oddBodies, { raw: duplicated }]) {
        for (const headers of [{}, newKey()]) {
          expect(
            (await attack(world, contract.method, path, { raw, token: call.token, headers })).wrong,
          ).toBeUndefined()
        }
      }
    },
  )

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
    const call = await callOf(contract, world)
    const random = createRandom(seed + contract.path.length)
    const places = placesOf(call.body)
    const bodies = Array.from({ length: 60 }, () => {
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

  const withQuery = publicEndpoints.filter(({ query }) => query !== undefined)
  test.each(named(withQuery))('%s: every nasty text in every parameter', async (_name, contract) => {
    const world = getWorld()
    const call = await callOf(contract, world)
    const fields = Object.keys((contract.query as unknown as { shape: object }).shape)
    const written = [
      ...nastyTexts.filter((text) => text.length < 5_000 && text.isWellFormed()).map(encodeURIComponent),
      ...rawQueries,
    ]
    const queries = fields.flatMap((field) => [...written.map((text) => `${field}=${text}`), ...shapesOf(field)])
    const answers = await inBatches(queries, 16, (query) => attackQuery(world, contract.publicPaths[0]!, call, query))
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

/** A parameter in other shapes than one text. */
const shapesOf = (field: string) => [
  `${field}=1&${field}=2`,
  `${field}[]=1`,
  `${field}[a]=1`,
  `${field}[__proto__][x]=1`,
  field,
]

function attackQuery(world: World, path: string, { params, token }: Call, query: string) {
  return attack(world, 'GET', `${fillPath(path, params)}?${query}`, { token })
}
