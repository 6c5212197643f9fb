import { createPrivateKey, type JsonWebKey, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServiceName } from '@duka/contracts'
import { createProof } from '@duka/kit'
import { callOf, fillPath, nameOf, publicEndpoints } from './calls'
import { forgeTokens } from './forged-tokens'
import { inBatches } from './in-batches'
import type { World } from './world'
import { readToken, rs, writeToken } from './write-token'

/** A service's real key. */
export function serviceKey({ shop }: World, name: string) {
  return createPrivateKey({ key: Buffer.from(shop.keys.services[name]!, 'base64'), format: 'der', type: 'pkcs8' })
}

/** A real proof that `caller` would show to `audience`. */
export function proveTo(world: World, caller: ServiceName, audience: ServiceName): string {
  return createProof({ name: caller, privateKey: serviceKey(world, caller), publicKeys: new Map() }).sign(audience)
}

const guarded = publicEndpoints.filter(({ access }) => access !== 'anyone')
const guardedPaths = guarded.flatMap((contract) => contract.publicPaths.map((path) => ({ contract, path })))

/** No endpoint believes a token that is not a standing one of the shop's own. */
export function describeTokens(getWorld: () => World): void {
  let forged: [name: string, token: string][]
  let lure: Server
  let lured = 0

  beforeAll(async () => {
    lure = createServer((_request, response) => {
      lured++
      response.end('{"keys":[]}')
    }).listen(0, '127.0.0.1')
    const world = getWorld()
    const { body } = await world.shop.get('/.well-known/jwks.json')
    forged = forgeTokens({
      valid: world.admin,
      refreshToken: world.customer.refreshToken,
      proof: proveTo(world, 'order', 'product'),
      signingKey: createPrivateKey(world.shop.keys.tokens),
      serviceKey: serviceKey(world, 'order'),
      published: (body as { keys: JsonWebKey[] }).keys[0]!,
      lureUrl: `http://127.0.0.1:${(lure.address() as AddressInfo).port}`,
    })
  })
  afterAll(() => lure.close())

  test('the forger signs well: with nothing changed, the token is believed', async () => {
    const { shop, customer } = getWorld()
    const { header, payload } = readToken(customer.token)
    const copy = writeToken(header, { ...payload, jti: 'another' }, rs(createPrivateKey(shop.keys.tokens)))
    expect((await shop.get('/api/auth/profile', copy)).status).toBe(200)
    expect(forged.length).toBeGreaterThan(80)
    expect(new Set(forged.map(([name]) => name)).size).toBe(forged.length)
  })

  test.each(guardedPaths.map((each) => [`${each.contract.method} ${each.path}`, each] as const))(
    '%s: 401 for every forged token',
    async (_name, { contract, path }) => {
      const { shop } = getWorld()
      const target = fillPath(path)
      const answers = await inBatches(forged, 16, async ([name, token]) => {
        const { status, body, headers } = await shop.send(contract.method, target, { token })
        const { code } = body as { code: string }
        return { name, status, code, challenge: headers.get('www-authenticate') }
      })
      const refused = { status: 401, code: 'unauthorized', challenge: 'Bearer' }
      expect(answers).toEqual(forged.map(([name]) => ({ name, ...refused })))
    },
  )

  test.each(guarded.filter(({ access }) => access !== 'guest').map((each) => [nameOf(each), each] as const))(
    '%s: 401 without a token, before anything else is looked at',
    async (_name, contract) => {
      const { shop, customer } = getWorld()
      const claims = { 'X-User-Id': customer.id, x_user_id: customer.id, 'X-User-Role': 'admin', Cookie: 'token=x' }
      const shown: Record<string, string>[] = [{}, claims, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearer' }]
      for (const path of contract.publicPaths.flatMap((each) => [
        fillPath(each),
        fillPath(each, { id: 'x', orderId: 'x' }),
      ])) {
        const raw = contract.method === 'GET' ? {} : { raw: '{"broken' }
        for (const headers of shown) {
          const { status, body } = await shop.send(contract.method, path, { ...raw, headers })
          expect([status, (body as { code: string }).code]).toEqual([401, 'unauthorized'])
        }
      }
    },
  )

  const permitted = publicEndpoints.filter(({ access }) => typeof access === 'object')
  test.each(permitted.map((each) => [nameOf(each), each] as const))(
    '%s: 403 for a customer, who learns nothing of what exists',
    async (_name, contract) => {
      const world = getWorld()
      const { params, body } = await callOf(contract, world)
      const ask = async (ids: Record<string, string> | undefined) => {
        const path = fillPath(contract.publicPaths[0]!, ids)
        const answer = await world.shop.send(contract.method, path, { body, token: world.customer.token })
        return { status: answer.status, body: { ...(answer.body as object), requestId: '', traceId: '' } }
      }
      const real = await ask(params)
      expect(real).toMatchObject({ status: 403, body: { code: 'forbidden' } })
      expect(await ask(undefined)).toEqual(real)
    },
  )

  test('a token may not say where its key is: nobody went there', () => expect(lured).toBe(0))

  test('what a stranger claims to be in headers changes nothing for a signed-in user', async () => {
    const { shop, customer } = getWorld()
    const other = await shop.openAccount()
    const claims = { 'X-User-Id': other.id, x_user_id: other.id, 'X-User-Role': 'admin', 'X-Request-Id': randomUUID() }
    const { body } = await shop.send('GET', '/api/auth/profile', { token: customer.token, headers: claims })
    expect(body).toMatchObject({ user: { id: customer.id, role: 'customer' } })
    expect((await shop.send('GET', '/api/auth/users', { token: customer.token, headers: claims })).status).toBe(403)
  })
}
