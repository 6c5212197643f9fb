import { randomUUID } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { deleteOldAuditEvents } from '../src/audit'
import { ensureAdmin } from '../src/ensure-admin'
import { sendResetMails } from '../src/send-reset-mails'
import { type Auth, goodPassword, type SignedIn, startAuth } from './support'

let auth: Auth
let admin: SignedIn
beforeAll(async () => {
  auth = await startAuth()
  admin = await auth.signUp({ role: 'admin' })
})
afterAll(() => auth.stop())

const from = {
  'X-Forwarded-For': '203.0.113.7',
  'User-Agent': 'Duka/1.0 (test)',
  'X-Request-Id': 'request-of-this-test',
}
const post = (path: string, body: object) => auth.api().post(path).set(from).send(body)

async function read(query: object, bearer = admin.bearer): Promise<authContract.AuditEvent[]> {
  const { body } = await auth.api().get('/api/audit').query(query).set('Authorization', bearer).expect(200)
  expect(authContract.listAuditEvents.response.parse(body)).toEqual(body)
  return body.events
}

const newPassword = 'baobab-Shade-7'

test('tells who did what, when and from where', async () => {
  const who = await auth.signUp()
  const { body } = await post('/api/login', { email: who.email, password: goodPassword }).expect(200)
  const [event] = await read({ userId: who.id, action: 'login' })
  expect(event).toMatchObject({
    action: 'login',
    actorId: who.id,
    userId: who.id,
    email: null,
    address: '203.0.113.7',
    userAgent: 'Duka/1.0 (test)',
    requestId: 'request-of-this-test',
    details: {},
  })
  expect(Math.abs(Date.now() - Date.parse(event!.at))).toBeLessThan(60_000)
  await post('/api/logout', { refreshToken: body.refreshToken }).expect(204)
  const [left] = await read({ userId: who.id, action: 'logout' })
  expect(left).toMatchObject({ actorId: who.id, sessionId: event!.sessionId })
})

test('the whole life of an account', async () => {
  const who = await auth.signUp()
  const as = (method: 'put' | 'patch', path: string, body: object, { bearer } = who) =>
    auth.api()[method](path).set(from).set('Authorization', bearer).send(body)
  await post('/api/login', { email: who.email, password: 'not-the-Password' }).expect(401)
  await as('put', '/api/password', { currentPassword: 'not-the-Password', newPassword }).expect(400)
  await as('put', '/api/password', { currentPassword: goodPassword, newPassword }).expect(204)
  await post('/api/forgot-password', { email: who.email }).expect(202)
  await sendResetMails(auth.deps)
  const token = /[\w-]{43}/.exec(auth.mails.at(-1)?.text ?? '')?.[0]
  await post('/api/reset-password', { token, password: goodPassword }).expect(204)
  const { refreshToken } = await auth.signIn(who.email)
  await post('/api/refresh', { refreshToken }).expect(200)
  await post('/api/refresh', { refreshToken }).expect(401)
  await as('patch', `/api/users/${who.id}`, { role: 'admin', isActive: false }, admin).expect(200)
  await as('patch', `/api/users/${who.id}`, { isActive: true }, admin).expect(200)

  const events = (await read({ userId: who.id, limit: 100 })).reverse()
  expect(events.map(({ action, actorId }) => [action, actorId])).toEqual([
    ['registered', who.id],
    ['login_failed', null],
    ['password_change_failed', who.id],
    ['password_changed', who.id],
    ['password_reset_requested', null],
    ['password_reset', who.id],
    ['login', who.id],
    ['refresh_reused', null],
    ['role_changed', admin.id],
    ['user_deactivated', admin.id],
    ['user_activated', admin.id],
  ])
  expect(events.find(({ action }) => action === 'role_changed')?.details).toEqual({ from: 'customer', to: 'admin' })
  const asked = events.find(({ action }) => action === 'password_reset_requested')
  expect(asked).toMatchObject({ address: '203.0.113.7', requestId: 'request-of-this-test' })
  expect(JSON.stringify(events)).not.toMatch(new RegExp(`${goodPassword}|${newPassword}|not-the-Password|${token}`))
})

test('a failed login keeps what was typed only if it is the email of nobody', async () => {
  const address = '203.0.113.99'
  const typed = ['Nobody@Example.com', 'my-secret-Password', `${'x'.repeat(250)}@y.z`]
  for (const email of typed) {
    await auth
      .api()
      .post('/api/login')
      .set('X-Forwarded-For', address)
      .send({ email: email.slice(0, 254), password: 'x' })
  }
  const events = await read({ address })
  expect(events.map(({ action, email, userId }) => [action, email, userId])).toEqual([
    ['login_failed', null, null],
    ['login_failed', null, null],
    ['login_failed', 'nobody@example.com', null],
  ])
  expect(await read({ email: 'NOBODY@example.com' })).toEqual([events[2]])
})

test('the first admin is told of too', async () => {
  await ensureAdmin(auth.deps, { email: 'boss@example.com', password: goodPassword })
  const [event] = await read({ action: 'admin_created' })
  expect(event).toMatchObject({ actorId: null, address: null, requestId: null })
})

test('takes addresses and user agents of any kind, cut to size', async () => {
  const { email } = await auth.signUp()
  const signIn = (forwarded: string, agent: string) =>
    auth
      .api()
      .post('/api/login')
      .set({ 'X-Forwarded-For': forwarded, 'User-Agent': agent })
      .send({ email, password: goodPassword })
  await signIn('2001:db8::7', 'x'.repeat(5_000)).expect(200)
  await signIn('not an address', 'y').expect(200)
  await signIn('::ffff:198.51.100.9', '').expect(200)
  const [six] = await read({ address: '2001:0DB8:0:0::7' })
  expect(six).toMatchObject({ address: '2001:db8::7', userAgent: 'x'.repeat(200) })
  expect(await read({ address: '198.51.100.9' })).toHaveLength(1)
  const events = await auth.sql<{ user_agent: string }>('SELECT user_agent FROM audit_events WHERE address IS NULL')
  expect(events.map(({ user_agent }) => user_agent)).toContain('y')
})

test('filters by who did it and by time, and pages by number and by cursor', async () => {
  const own = await auth.signUp({ role: 'admin' })
  const { id } = await auth.signUp()
  const change = (isActive: boolean) =>
    auth.api().patch(`/api/users/${id}`).set('Authorization', own.bearer).send({ isActive }).expect(200)
  for (const isActive of [false, true, false]) await change(isActive)
  const all = await read({ actorId: own.id, userId: id })
  expect(all.map(({ action }) => action)).toEqual(['user_deactivated', 'user_activated', 'user_deactivated'])
  const get = (query: object) =>
    auth
      .api()
      .get('/api/audit')
      .query({ userId: id, actorId: own.id, limit: 2, ...query })
  const first = (await get({}).set('Authorization', admin.bearer).expect(200)).body
  expect(first).toMatchObject({ currentPage: 1, totalPages: 2, totalEvents: 3 })
  expect(await read({ userId: id, actorId: own.id, limit: 2, page: 2 })).toEqual(all.slice(2))
  expect(await read({ userId: id, actorId: own.id, limit: 2, cursor: first.nextCursor })).toEqual(all.slice(2))
  const [newest] = all
  expect(await read({ actorId: own.id, userId: id, to: '2020-01-01T00:00:00Z' })).toEqual([])
  expect(
    await read({ actorId: own.id, userId: id, from: '2020-01-01T03:00:00+03:00', to: '2100-01-01T00:00:00Z' }),
  ).toEqual(all)
  expect(newest?.userId).toBe(id)
})

test.each([
  'action=other',
  'userId=1',
  'address=somewhere',
  'from=yesterday',
  'from=0000-01-01T00:00:00Z',
  'to=9999-12-31T23:59:59-23:59',
  'limit=101',
  'cursor=made-up',
])('refuses ?%s', async (query) => {
  const { body } = await auth.api().get(`/api/audit?${query}`).set('Authorization', admin.bearer).expect(400)
  expect(body.errors[0].path).toBe(query.split('=')[0])
})

test('is for admins', async () => {
  const { bearer } = await auth.signUp()
  await auth.api().get('/api/audit').expect(401)
  await auth.api().get('/api/audit').set('Authorization', bearer).expect(403)
})

test('cannot be rewritten, and outlives the account', async () => {
  const { id } = await auth.signUp()
  await expect(auth.sql('UPDATE audit_events SET actor_id = NULL')).rejects.toThrow('audit events are never changed')
  await auth.sql('DELETE FROM users WHERE id = $1', [id])
  expect(await read({ userId: id })).toHaveLength(1)
})

test('is kept for 400 days', async () => {
  const [old, young] = [randomUUID(), randomUUID()]
  await auth.sql(
    `INSERT INTO audit_events (id, action, at) VALUES
     ($1, 'login', now() - interval '401 days'), ($2, 'login', now() - interval '399 days')`,
    [old, young],
  )
  await deleteOldAuditEvents(auth.deps.database)
  expect(await auth.sql('SELECT id FROM audit_events WHERE id IN ($1, $2)', [old, young])).toEqual([{ id: young }])
})
