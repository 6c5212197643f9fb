import { ensureAdmin } from '../src/ensure-admin'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const readUsers = (email: string) => auth.sql<object>('SELECT * FROM users WHERE email = $1', [email])

test('makes one admin, however many instances start at once', async () => {
  const admin = { email: 'boss@example.com', password: goodPassword }
  await Promise.all([1, 2, 3].map(() => ensureAdmin(auth.deps, admin)))
  expect(await readUsers(admin.email)).toHaveLength(1)
  const { bearer } = await auth.signIn(admin.email)
  await auth.api().get('/api/users').set('Authorization', bearer).expect(200)
})

test('leaves an account with that email as it is', async () => {
  const { email } = await auth.signUp()
  const before = await readUsers(email)
  await ensureAdmin(auth.deps, { email, password: 'another-Pass-1' })
  expect(await readUsers(email)).toEqual(before)
})
