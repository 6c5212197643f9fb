import { authContract, orderContract, productContract } from '@duka/contracts'
import { createServiceApp, createUserIdentity, Problem, route, type UserIdentity } from '@duka/kit'
import { asService, type Running, silentLog, startApp, testProof } from '@duka/testkit'
import type { Express } from 'express'
import request from 'supertest'
import { type Auth, goodPassword, type SignedIn, startAuth } from './support'

let auth: Auth
let running: Running
beforeAll(async () => {
  auth = await startAuth()
  running = await startApp(auth.app)
})
afterAll(async () => {
  await running.stop()
  await auth.stop()
})

/** Another service of the shop, with one endpoint for users and one for admins, that gets no further than letting in. */
function startShop(baseUrl = running.url): { app: Express; identity: UserIdentity } {
  const proof = testProof('order')
  const identity = createUserIdentity({ baseUrl, proof, log: silentLog })
  const letIn = () => {
    throw new Problem(418, 'let_in', 'Nothing is done here.')
  }
  const app = createServiceApp({
    log: silentLog,
    verifyUser: identity.verifyUser,
    proof,
    database: auth.deps.database,
    checkReady: async () => undefined,
    routes: [route(orderContract.listOrders, letIn), route(productContract.withdrawProduct, letIn)],
  })
  return { app, identity }
}

const asCustomer = (app: Express, bearer: string) => request(app).get('/api/orders').set('Authorization', bearer)
const asAdmin = (app: Express, bearer: string) =>
  request(app).delete('/api/products/0197a000-0000-7000-8000-000000000001').set('Authorization', bearer)

const ends: [string, (who: SignedIn, admin: SignedIn) => Promise<unknown>][] = [
  ['signed out', ({ refreshToken }) => auth.api().post('/api/logout').send({ refreshToken }).expect(204)],
  [
    'used a refresh token twice',
    async ({ refreshToken }) => {
      await auth.api().post('/api/refresh').send({ refreshToken }).expect(200)
      await auth.api().post('/api/refresh').send({ refreshToken }).expect(401)
    },
  ],
  [
    'changed the password elsewhere',
    async ({ email }) => {
      const elsewhere = await auth.signIn(email)
      const body = { currentPassword: goodPassword, newPassword: 'baobab-Shade-7' }
      await auth.api().put('/api/password').set('Authorization', elsewhere.bearer).send(body).expect(204)
    },
  ],
  ['was deactivated', ({ id }, admin) => change(admin, id, { isActive: false })],
  ['got another role', ({ id }, admin) => change(admin, id, { role: 'admin' })],
]

const change = (admin: SignedIn, id: string, body: object) =>
  auth.api().patch(`/api/users/${id}`).set('Authorization', admin.bearer).send(body).expect(200)

test.each(ends)('the token of somebody who %s is refused by the other services', async (_what, end) => {
  const { app, identity } = startShop()
  const [who, other, admin] = [await auth.signUp(), await auth.signUp(), await auth.signUp({ role: 'admin' })]
  await identity.refresh()
  await asCustomer(app, who.bearer).expect(418)
  await end(who, admin)
  await identity.refresh()
  const { body } = await asCustomer(app, who.bearer).expect(401)
  expect(body).toMatchObject({ code: 'unauthorized', detail: 'This session has ended. Please sign in again.' })
  await asCustomer(app, other.bearer).expect(418)
})

test('a service that starts later learns of what ended before', async () => {
  const who = await auth.signUp()
  await auth.api().post('/api/logout').send({ refreshToken: who.refreshToken }).expect(204)
  const { app, identity } = startShop()
  await identity.refresh()
  await asCustomer(app, who.bearer).expect(401)
})

test('an admin who is one no more is refused at the very first call to a service that never asked yet', async () => {
  const [admin, other] = [await auth.signUp({ role: 'admin' }), await auth.signUp({ role: 'admin' })]
  await change(other, admin.id, { role: 'customer' })
  const { app } = startShop()
  await asAdmin(app, admin.bearer).expect(401)
  await asAdmin(app, other.bearer).expect(418)
})

test("while auth is silent, an admin's call is refused, a customer's goes on", async () => {
  const [customer, admin] = [await auth.signUp(), await auth.signUp({ role: 'admin' })]
  const own = await startApp(auth.app)
  const { app } = startShop(own.url)
  // The keys are known by now; what was revoked is not.
  await asCustomer(app, customer.bearer).expect(418)
  await own.stop()
  await asCustomer(app, customer.bearer).expect(418)
  const { body, headers } = await asAdmin(app, admin.bearer).expect(503)
  expect(body.code).toBe('identity_unavailable')
  expect(headers['retry-after']).toBe('5')
  // Who may not do it anyway is told so.
  await asAdmin(app, customer.bearer).expect(403)
})

const list = (query = '', caller = asService('order', 'auth')) =>
  auth.api().get(`/api/internal/revocations${query}`).set('Authorization', caller)

test('pages through many, misses none, and looks back a minute next time', async () => {
  const { id } = await auth.signUp()
  await auth.sql(
    `INSERT INTO sessions (id, user_id, expires_at, ended_at, end_reason)
     SELECT gen_random_uuid(), $1, now() + interval '1 day', now() - n % 7 * interval '1 second', 'logout'
     FROM generate_series(1, 2300) n`,
    [id],
  )
  const seen = new Set<string>()
  let query = ''
  for (let page = 1; ; page += 1) {
    const { body } = await list(query).expect(200)
    expect(authContract.listRevocations.response.parse(body)).toEqual(body)
    for (const { sessionId } of body.revocations) if (sessionId) seen.add(sessionId)
    query = `?since=${body.next}`
    if (!body.more) break
    expect(body.revocations).toHaveLength(1000)
    expect(page).toBeLessThan(10)
  }
  const ended = await auth.sql<{ id: string }>('SELECT id FROM sessions WHERE ended_at IS NOT NULL')
  expect(ended.every((session) => seen.has(session.id))).toBe(true)
  await auth.sql(
    "UPDATE sessions SET ended_at = now() - interval '50 seconds' WHERE user_id = $1 AND ended_at IS NOT NULL",
    [id],
  )
  const again = (await list(query).expect(200)).body
  expect(again.revocations.length).toBeGreaterThan(0)
  await auth.sql(
    "UPDATE sessions SET ended_at = now() - interval '17 minutes' WHERE user_id = $1 AND ended_at IS NOT NULL",
    [id],
  )
  const { body } = await list().expect(200)
  const old = await auth.sql<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1', [id])
  const told = new Set(body.revocations.map(({ sessionId }: { sessionId?: string }) => sessionId))
  expect(old.some((session) => told.has(session.id))).toBe(false)
})

test('is for services only, and takes only what it gave', async () => {
  const { bearer } = await auth.signUp({ role: 'admin' })
  await auth.api().get('/api/internal/revocations').expect(401)
  await list('', bearer).expect(401)
  await list('', asService('auth', 'auth')).expect(403)
  const { body } = await list('?since=made-up').expect(400)
  expect(body.code).toBe('validation_failed')
})
