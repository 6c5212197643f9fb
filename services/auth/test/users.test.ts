import { randomUUID } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { type Auth, type SignedIn, startAuth } from './support'

let auth: Auth
let admin: SignedIn
beforeAll(async () => {
  auth = await startAuth()
  admin = await auth.signUp({ role: 'admin', name: 'Admin' })
  for (const name of ['Wanjiku', 'Kamau 100%', 'Achieng']) await auth.signUp({ name })
})
afterAll(() => auth.stop())

const get = (path: string, bearer = admin.bearer) => auth.api().get(path).set('Authorization', bearer)
const names = (body: { users: authContract.User[] }) => body.users.map(({ name }) => name)

test('lists users newest first, without hashes', async () => {
  const { body } = await get('/api/users').expect(200)
  expect(authContract.listUsers.response.parse(body)).toEqual(body)
  expect(names(body)).toEqual(['Achieng', 'Kamau 100%', 'Wanjiku', 'Admin'])
  expect(body).toMatchObject({ currentPage: 1, totalPages: 1, totalUsers: 4, nextCursor: null })
  expect(JSON.stringify(body)).not.toContain('$2b$')
})

test('pages by number and by cursor', async () => {
  const first = (await get('/api/users?limit=3').expect(200)).body
  expect(first).toMatchObject({ totalPages: 2, totalUsers: 4 })
  const second = (await get('/api/users?limit=3&page=2').expect(200)).body
  expect(names(second)).toEqual(['Admin'])
  const after = (await get(`/api/users?limit=3&cursor=${first.nextCursor}`).expect(200)).body
  expect(after.users).toEqual(second.users)
  expect(after.nextCursor).toBeNull()
})

test('searches name and email, and takes wildcards as they are', async () => {
  expect(names((await get('/api/users?search=wanJ').expect(200)).body)).toEqual(['Wanjiku'])
  expect(names((await get('/api/users?search=0%25').expect(200)).body)).toEqual(['Kamau 100%'])
  const byEmail = (await get(`/api/users?search=${admin.email.toUpperCase()}`).expect(200)).body
  expect(byEmail).toMatchObject({ totalUsers: 1, users: [{ id: admin.id }] })
})

test.each(['0712345678', '+254 712-345', '2547123', '345678', '\u202a+254\u00a0712\u2011345\u202c', '(0712) 345.678'])(
  'finds a phone number by %s',
  async (search) => {
    const { id, bearer } = await auth.signUp()
    const body = { phoneNumber: '0712 345 678' }
    await auth.api().put('/api/profile').set('Authorization', bearer).send(body).expect(200)
    const found = (await get(`/api/users?search=${encodeURIComponent(search)}`).expect(200)).body
    expect(found.users.map((user: { id: string }) => user.id)).toContain(id)
    await auth.sql('DELETE FROM users WHERE id = $1', [id])
  },
)

test('finds an email of an international domain as it is written', async () => {
  const { id } = await auth.signUp()
  await auth.sql("UPDATE users SET email = 'a@xn--bcher-kva.example' WHERE id = $1", [id])
  const { body } = await get(`/api/users?search=${encodeURIComponent('a@Bücher.example')}`).expect(200)
  expect(body.users).toMatchObject([{ id }])
})

test('a search for signs that no number has finds nobody', async () => {
  expect((await get('/api/users?search=()').expect(200)).body.users).toEqual([])
})

test.each(['limit=101', 'limit=0', 'page=0', 'page=x', 'cursor=made-up'])('refuses ?%s', async (query) => {
  const { body } = await get(`/api/users?${query}`).expect(400)
  expect(body.code).toBe('validation_failed')
})

test('reads one user', async () => {
  const { id } = await auth.signUp({ name: 'Njeri' })
  const { body } = await get(`/api/users/${id}`).expect(200)
  expect(body.user).toMatchObject({ id, name: 'Njeri', role: 'customer' })
  expect(body.user).not.toHaveProperty('password')
})

test('answers 401, then 404 for what is no id, then 403 for a role', async () => {
  const customer = await auth.signUp()
  await auth.api().get('/api/users').expect(401)
  await auth.api().get(`/api/users/${admin.id}`).expect(401)
  await get('/api/users/1', customer.bearer).expect(404)
  await get('/api/users', customer.bearer).expect(403)
  await get(`/api/users/${customer.id}`, customer.bearer).expect(403)
  await get(`/api/users/${randomUUID()}`).expect(404)
})

test('an admin whose role is taken away is one no more, at once', async () => {
  const former = await auth.signUp({ role: 'admin' })
  await get('/api/users', former.bearer).expect(200)
  await auth.sql("UPDATE users SET role = 'customer' WHERE id = $1", [former.id])
  await get('/api/users', former.bearer).expect(401)
})
