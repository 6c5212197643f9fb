import { type Endpoint, serviceNames } from '@duka/contracts'
import { eventually } from '@duka/testkit'
import type { Account } from '../shop-support'
import { callOf, fillPath, publicEndpoints } from './calls'
import type { World } from './world'

/** How long an ended token may go on elsewhere. */
const boundMs = 60_000

/** One endpoint of every service that looks at tokens, one for who has a permission where there is nothing else. */
const witnesses = serviceNames
  .filter((name) => name !== 'gateway')
  .map((name) => {
    const own = publicEndpoints.filter(
      ({ service, method, access }) => service === name && method === 'GET' && access !== 'anyone',
    )
    return own.find(({ access }) => access !== 'guest') ?? own[0]!
  })

interface Ended {
  name: string
  token: string
}

/** Ends sessions in every way there is; the answers of all services are looked at once the rest of the tests are done. */
export async function endSessions(world: World): Promise<Ended[]> {
  const { shop, admin } = world
  const patch = (id: string, body: object) => shop.send('PATCH', `/api/auth/users/${id}`, { body, token: admin })
  const [deactivated, demoted, loggedOut, changed, reused] = await Promise.all(
    Array.from({ length: 5 }, () => openAdmin(world)),
  )
  const login = (account: Account) => shop.post('/api/auth/login', { email: account.email, password: account.password })
  const elsewhere = (await login(changed!)).body as { token: string }
  const { email, password } = changed!
  const used = { refreshToken: reused!.refreshToken }
  const next = (await shop.post('/api/auth/refresh', used)).body as { token: string }
  const done = await Promise.all([
    patch(deactivated!.id, { isActive: false }),
    patch(demoted!.id, { role: 'customer' }),
    shop.post('/api/auth/logout', { refreshToken: loggedOut!.refreshToken }),
    shop.send('PUT', '/api/auth/password', {
      body: { currentPassword: password, newPassword: `${password}${email}`.slice(0, 60) },
      token: elsewhere.token,
    }),
    shop.post('/api/auth/refresh', used),
  ])
  expect(done.map(({ status }) => status)).toEqual([200, 200, 204, 204, 401])
  return [
    { name: 'a deactivated user', token: deactivated!.token },
    { name: 'a demoted admin', token: demoted!.token },
    { name: 'a session that was logged out', token: loggedOut!.token },
    { name: 'another session after a change of password', token: changed!.token },
    { name: 'a session whose refresh token was used twice', token: reused!.token },
    { name: 'the newest token of that session', token: next.token },
  ]
}

async function openAdmin({ shop, admin }: World): Promise<Account> {
  const account = await shop.openAccount()
  const path = `/api/auth/users/${account.id}`
  expect((await shop.send('PATCH', path, { body: { role: 'admin' }, token: admin })).status).toBe(200)
  const { email, password } = account
  const { token, refreshToken } = (await shop.post('/api/auth/login', { email, password })).body as Account
  const promoted = { ...account, token, refreshToken }
  for (const witness of witnesses) expect(await ask({ shop }, witness, token)).not.toBe(401)
  return promoted
}

async function ask({ shop }: Pick<World, 'shop'>, contract: Endpoint, token: string): Promise<number> {
  return (await shop.send('GET', fillPath(contract.publicPaths[0]!), { token })).status
}

export function describeEndings(getWorld: () => World, getEnded: () => Ended[]): void {
  test('every service behind the gateway is asked', () => {
    expect(witnesses.map(({ service }) => service)).toEqual(serviceNames.filter((name) => name !== 'gateway'))
  })

  test.each(witnesses.map((each) => [each.service, each] as const))(
    '%s refuses tokens that ended before their time, within a minute',
    async (_name, contract) => {
      for (const { name, token } of getEnded()) {
        await eventually(`${name} to be refused`, async () => (await ask(getWorld(), contract, token)) === 401, boundMs)
      }
      const call = await callOf(contract, getWorld())
      expect(call.token && (await ask(getWorld(), contract, call.token))).not.toBe(401)
    },
    boundMs + 5_000,
  )
}
