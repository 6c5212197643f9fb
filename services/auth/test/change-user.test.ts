import { randomUUID } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { type Auth, type SignedIn, startAuth } from './support'

let auth: Auth
let admin: SignedIn
beforeAll(async () => {
  auth = await startAuth()
})
beforeEach(async () => {
  // Each test's admin is the only active one.
  await auth.sql("UPDATE users SET role = 'customer' WHERE role = 'admin'")
  admin = await auth.signUp({ role: 'admin' })
})
afterAll(() => auth.stop())

const change = (id: string, body: object, { bearer } = admin) =>
  auth.api().patch(`/api/users/${id}`).set('Authorization', bearer).send(body)
const profile = ({ bearer }: SignedIn) => auth.api().get('/api/profile').set('Authorization', bearer)
const refresh = ({ refreshToken }: SignedIn) => auth.api().post('/api/refresh').send({ refreshToken })
const readRow = (id: string) => auth.row('SELECT role, is_active, token_version FROM users WHERE id = $1', [id])
const trailOf = (id: string) =>
  auth.sql<{ action: string; details: object }>(
    `SELECT action, details, actor_id FROM audit_events WHERE user_id = $1 AND actor_id <> user_id ORDER BY at`,
    [id],
  )

test('gives another role: tokens of before end, the session goes on with the new role', async () => {
  const who = await auth.signUp()
  const { body } = await change(who.id, { role: 'admin' }).expect(200)
  expect(authContract.changeUser.response.parse(body)).toEqual(body)
  expect(body.user).toMatchObject({ id: who.id, role: 'admin', isActive: true })
  expect(await readRow(who.id)).toEqual({ role: 'admin', is_active: true, token_version: 2 })
  await profile(who).expect(401)
  const { token } = (await refresh(who).expect(200)).body
  await auth.api().get('/api/users').set('Authorization', `Bearer ${token}`).expect(200)
  expect(await trailOf(who.id)).toEqual([
    { action: 'role_changed', details: { from: 'customer', to: 'admin' }, actor_id: admin.id },
  ])
})

test('deactivates: every session ends, nobody gets in; activated again, the password works, old sessions do not', async () => {
  const who = await auth.signUp()
  const { body } = await change(who.id, { isActive: false }).expect(200)
  expect(body.user.isActive).toBe(false)
  await profile(who).expect(401)
  await refresh(who).expect(401)
  await auth.api().post('/api/login').send({ email: who.email, password: 'mango-Tree-42' }).expect(401)
  await change(who.id, { isActive: true }).expect(200)
  await refresh(who).expect(401)
  await auth.signIn(who.email)
  expect((await trailOf(who.id)).map(({ action }) => action)).toEqual(['user_deactivated', 'user_activated'])
})

test('both at once, and what is already so', async () => {
  const who = await auth.signUp()
  await change(who.id, { role: 'admin', isActive: false }).expect(200)
  expect((await trailOf(who.id)).map(({ action }) => action)).toEqual(['role_changed', 'user_deactivated'])
  const before = await readRow(who.id)
  await change(who.id, { role: 'admin', isActive: false }).expect(200)
  await change(who.id, {}).expect(200)
  expect(await readRow(who.id)).toEqual(before)
  expect(await trailOf(who.id)).toHaveLength(2)
})

test('changes nothing else, whatever is sent along', async () => {
  const who = await auth.signUp()
  const sent = { email: 'x@example.com', password: 'baobab-Shade-7', token_version: 9, id: randomUUID(), name: 'X' }
  const { body } = await change(who.id, sent).expect(200)
  expect(body.user).toMatchObject({ id: who.id, email: who.email, name: 'Amina Otieno', role: 'customer' })
  await profile(who).expect(200)
})

test.each([
  ['demote', { role: 'customer' }],
  ['deactivate', { isActive: false }],
])('the last active admin cannot %s themselves', async (_what, body) => {
  // An admin who is not active is none.
  const former = await auth.signUp({ role: 'admin' })
  await change(former.id, { isActive: false }).expect(200)
  const answer = await change(admin.id, body).expect(409)
  expect(answer.body.code).toBe('last_admin')
  await profile(admin).expect(200)
  expect(await trailOf(admin.id)).toEqual([])
})

test('an admin who is not the last may go', async () => {
  const other = await auth.signUp({ role: 'admin' })
  await change(admin.id, { role: 'customer' }).expect(200)
  await change(other.id, { role: 'customer' }, other).expect(409)
})

test('of two admins who demote or deactivate each other at once, one stays', async () => {
  for (let round = 0; round < 5; round += 1) {
    await auth.sql("UPDATE users SET role = 'customer' WHERE role = 'admin'")
    const [a, b] = [await auth.signUp({ role: 'admin' }), await auth.signUp({ role: 'admin' })]
    const answers = await Promise.all([
      change(a.id, { role: 'customer' }, b),
      change(b.id, round % 2 ? { isActive: false } : { role: 'customer' }, a),
    ])
    // The loser was told so, or was an admin no more by the time their token was looked at.
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.some(({ status }) => status === 409 || status === 401)).toBe(true)
    const left = await auth.sql("SELECT id FROM users WHERE role = 'admin' AND is_active")
    expect(left).toHaveLength(1)
  }
})

test('of two admins who both leave at once, one stays', async () => {
  const other = await auth.signUp({ role: 'admin' })
  const answers = await Promise.all([
    change(admin.id, { isActive: false }),
    change(other.id, { role: 'customer' }, other),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
})

test('answers 401, 404 for what is no id, 403 for a role, 404 for nobody, then 400', async () => {
  const customer = await auth.signUp()
  await auth.api().patch(`/api/users/${admin.id}`).send({ role: 'customer' }).expect(401)
  await change('1', { role: 'x' }, customer).expect(404)
  await change(customer.id, { role: 'admin' }, customer).expect(403)
  await change(randomUUID(), { role: 'x' }).expect(404)
  const { body } = await change(customer.id, { role: 'owner', isActive: 'no' }).expect(400)
  expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(['role', 'isActive'])
  expect(await readRow(customer.id)).toEqual({ role: 'customer', is_active: true, token_version: 1 })
})
