import { randomUUID } from 'node:crypto'
import type { TestShop } from '../shop-support'
import { readResetToken } from './calls'
import type { World } from './world'

type Answer = Awaited<ReturnType<TestShop['send']>>

/** What can be told from an answer. */
function told({ status, headers, body }: Answer) {
  const names = [...headers.keys()].filter(
    (name) => !['date', 'x-request-id', 'etag'].includes(name) && !name.startsWith('ratelimit'),
  )
  return {
    status,
    headers: names.map((name) => `${name}: ${headers.get(name)}`),
    body: { ...(body as object), requestId: '', traceId: '' },
  }
}

/** Nobody learns who has an account, and a stolen token is worth little. */
export function describeLogins(getWorld: () => World): void {
  const login = (email: string, password: string) => getWorld().shop.post('/api/auth/login', { email, password })

  test('unknown email, wrong password, closed account: one and the same 401', async () => {
    const { shop, admin } = getWorld()
    const [account, closed] = await Promise.all([shop.openAccount(), shop.openAccount()])
    const close = { body: { isActive: false }, token: admin }
    expect((await shop.send('PATCH', `/api/auth/users/${closed.id}`, close)).status).toBe(200)
    const unknown = told(await login(`${randomUUID()}@example.com`, account.password))
    expect(unknown).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } })
    expect(told(await login(account.email, randomUUID()))).toEqual(unknown)
    expect(told(await login(closed.email, closed.password))).toEqual(unknown)
    expect(told(await login('no email at all', account.password))).toEqual(unknown)
    expect((await login(` ${account.email.toUpperCase()} `, account.password)).status).toBe(200)
  })

  test('whether an email is known is not told to who forgot a password, nor what became of a token', async () => {
    const { shop, customer } = getWorld()
    const forgot = (email: string) => shop.post('/api/auth/forgot-password', { email })
    expect(told(await forgot(customer.email))).toEqual(told(await forgot(`${randomUUID()}@example.com`)))
    const reset = (token: string) => shop.post('/api/auth/reset-password', { token, password: randomUUID() })
    const token = await readResetToken(shop)
    expect((await reset(token)).status).toBe(204)
    const [used, unknown] = await Promise.all([reset(token), reset(token.split('').reverse().join(''))])
    expect(used.status).toBe(400)
    expect(told(used)).toEqual(told(unknown))
  })

  test('a refresh token works once; used again, it ends its whole family and no other', async () => {
    const { shop } = getWorld()
    const account = await shop.openAccount()
    const other = (await login(account.email, account.password)).body as { refreshToken: string }
    const refresh = (refreshToken: string) => shop.post('/api/auth/refresh', { refreshToken })
    const first = (await refresh(account.refreshToken)).body as { refreshToken: string }
    const second = (await refresh(first.refreshToken)).body as { refreshToken: string; token: string }
    const reused = await refresh(account.refreshToken)
    expect(reused.status).toBe(401)
    expect(told(await refresh(second.refreshToken))).toEqual(told(reused))
    expect(told(await refresh(randomUUID()))).toEqual(told(reused))
    expect((await shop.get('/api/auth/profile', second.token)).status).toBe(401)
    expect((await refresh(other.refreshToken)).status).toBe(200)
  })

  test('of many who use one refresh token at the same moment, at most one gets through', async () => {
    const { shop } = getWorld()
    const { refreshToken } = await shop.openAccount()
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.post('/api/auth/refresh', { refreshToken })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)])
    const { refreshToken: won } = answers.find(({ status }) => status === 200)!.body as { refreshToken: string }
    expect((await shop.post('/api/auth/refresh', { refreshToken: won })).status).toBe(401)
  })

  test('a password is never cut', async () => {
    const { shop } = getWorld()
    const email = `${randomUUID()}@example.com`
    const password = randomUUID().repeat(2)
    const register = (password: string) => shop.post('/api/auth/register', { name: 'Amina', email, password })
    for (const wrong of [`${password}x`, 'é'.repeat(37), `${randomUUID()}\u0000`, 'short', 'password1']) {
      expect([wrong, (await register(wrong)).status]).toEqual([wrong, 400])
    }
    expect((await register(password)).status).toBe(201)
    expect((await login(email, `${password}x`)).status).toBe(401)
    expect((await login(email, password.slice(0, -1))).status).toBe(401)
    expect((await login(email, password)).status).toBe(200)
  })
}
