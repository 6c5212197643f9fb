import { createPrivateKey, randomUUID } from 'node:crypto'
import { type Endpoint, endpoints, isInternal, type ServiceName, serviceNames } from '@duka/contracts'
import { fillPath, nameOf } from './calls'
import { inBatches } from './in-batches'
import { sendBytes, writeRequest } from './send-bytes'
import { detoursTo, spellingsOf } from './spellings'
import { proveTo, serviceKey } from './tokens'
import type { World } from './world'
import { es, hs, rs, unsigned, writeToken } from './write-token'

const internal = endpoints.filter(({ access }) => isInternal(access)).map((each) => [nameOf(each), each] as const)

/** What only services may call: on the service's port for those that prove themselves, through the gateway for nobody. */
export function describeInternal(getWorld: () => World): void {
  test.each(internal)(
    "%s on the service's own port: only for the services that are listed",
    async (_name, contract) => {
      const world = getWorld()
      const own = contract.service
      const allowed = callersOf(contract)
      const [caller] = allowed
      const others = serviceNames.filter((name) => !allowed.includes(name))
      const wrong = { ...forgeProofs(world, caller!, own), user: world.customer.token, admin: world.admin }
      expect(await ask(world, contract)).toBe(401)
      for (const [name, token] of Object.entries(wrong)) {
        expect([name, await ask(world, contract, token)]).toEqual([name, 401])
      }
      for (const name of others)
        expect([name, await ask(world, contract, proveTo(world, name, own))]).toEqual([name, 403])
      for (const name of allowed) {
        expect([200, 400, 404]).toContain(await ask(world, contract, proveTo(world, name, own)))
      }
    },
  )

  test.each(internal)('%s does not exist at the gateway, however it is written', async (_name, contract) => {
    const world = getWorld()
    const { shop } = world
    const [caller] = callersOf(contract)
    // With a proof that its service would accept, whatever reaches it is done.
    const Authorization = `Bearer ${proveTo(world, caller!, contract.service)}`
    const methods = [contract.method, contract.method === 'GET' ? 'POST' : 'GET']
    const attempts = spellingsOf(fillPath(contract.path)).flatMap((target) =>
      methods.map((method) => ({ method, target, requestId: randomUUID() })),
    )
    const statuses = await inBatches(attempts, 24, async ({ method, target, requestId }) => {
      const headers = { Authorization, 'X-Request-Id': requestId, 'Content-Type': 'application/json' }
      return (await sendBytes(shop.url, writeRequest(method, target, headers, method === 'GET' ? '' : '{}'))).statuses
    })
    const passed = attempts.filter(({ target }, at) => !isRefused(target, statuses[at]!))
    expect(passed).toEqual([])
    expect(
      await reached(
        world,
        attempts.map(({ requestId }) => requestId),
        contract,
      ),
    ).toEqual([])
  })

  test('no header leads a harmless path to an internal one', async () => {
    const world = getWorld()
    const { host } = new URL(world.shop.serviceUrl('product'))
    const attempts = internal.flatMap(([, contract]) =>
      detoursTo(fillPath(contract.path), host).map((headers) => ({ headers, requestId: randomUUID() })),
    )
    const replies = await inBatches(attempts, 24, ({ headers, requestId }) => {
      const all = { 'X-Request-Id': requestId, ...headers }
      return sendBytes(world.shop.url, writeRequest('GET', '/api/products?limit=1', all))
    })
    for (const [at, { text, statuses }] of replies.entries()) {
      const isAnswered = statuses.join() === '200' && text.includes('"products"')
      expect([attempts[at]?.headers, isAnswered || statuses.join() === '400']).toEqual([attempts[at]?.headers, true])
    }
    const ids = attempts.map(({ requestId }) => requestId)
    expect(await reached(world, ids)).toEqual([])
  })
}

function callersOf({ access }: Endpoint): readonly ServiceName[] {
  return isInternal(access) ? access.services : []
}

async function ask({ shop }: World, { service, method, path }: Endpoint, token?: string): Promise<number> {
  const response = await fetch(shop.serviceUrl(service) + fillPath(path), {
    method,
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    ...(method === 'GET' ? {} : { body: '{}' }),
  })
  await response.arrayBuffer()
  return response.status
}

/** What looks like a proof of a service that may call, and is none. */
function forgeProofs(world: World, caller: ServiceName, audience: ServiceName): Record<string, string> {
  const key = serviceKey(world, caller)
  const another = serviceNames.find((name) => name !== caller && name !== audience) as ServiceName
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'ES256', typ: 'svc+jwt' }
  const claims = { iss: caller, aud: audience, iat: now, exp: now + 60 }
  return {
    'for another audience': proveTo(world, caller, another),
    'for no audience': writeToken(header, { iss: caller, iat: now, exp: now + 60 }, es(key)),
    "under another's key": writeToken(header, claims, es(serviceKey(world, another))),
    expired: writeToken(header, { ...claims, iat: now - 120, exp: now - 60 }, es(key)),
    'too old': writeToken(header, { ...claims, iat: now - 120, exp: now + 3600 }, es(key)),
    'of no age': writeToken(header, { iss: caller, aud: audience, exp: now + 60 }, es(key)),
    'of an unknown service': writeToken(header, { ...claims, iss: 'intruder' }, es(key)),
    'of the prototype': writeToken(header, { ...claims, iss: '__proto__' }, es(key)),
    'of nobody': writeToken(header, { aud: audience, iat: now, exp: now + 60 }, es(key)),
    'of another type': writeToken({ ...header, typ: 'at+jwt' }, claims, es(key)),
    'of no type': writeToken({ alg: 'ES256' }, claims, es(key)),
    unsigned: writeToken({ ...header, alg: 'none' }, claims, unsigned),
    'with a guessed secret': writeToken({ ...header, alg: 'HS256' }, claims, hs('')),
    'under the key of user tokens': writeToken(
      { ...header, alg: 'RS256' },
      claims,
      rs(createPrivateKey(world.shop.keys.tokens)),
    ),
  }
}

/** Some spellings are a query or a fragment of a path that is public. */
function isRefused(target: string, statuses: readonly number[]): boolean {
  if (statuses.length !== 1) return false
  const status = statuses[0]!
  return /^\/api\/products[?#]/.test(target) ? status < 500 : status === 404 || status === 400
}

/** The lines by which services say that one of these requests came to an internal path. */
async function reached(
  { shop }: World,
  requestIds: readonly string[],
  { path }: Partial<Endpoint> = {},
): Promise<string[]> {
  const ids = new Set(requestIds)
  const lines = (await shop.settledLines()).filter((line) => ids.has(/"requestId":"([^"]+)"/.exec(line)?.[1] ?? ''))
  expect(lines.some((line) => line.startsWith('gateway: '))).toBe(true)
  return lines.filter(
    (line) =>
      !line.startsWith('gateway: ') && (/"path":"\/api\/(internal|verify)/.test(line) || line.includes(`"${path}"`)),
  )
}
