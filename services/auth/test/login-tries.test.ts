import request from 'supertest'
import { createApp } from '../src/app'
import { createPasswords } from '../src/passwords'
import { sendResetMails } from '../src/send-reset-mails'
import { deleteDrainedThrottles } from '../src/throttle'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
beforeEach(() => auth.sql('DELETE FROM throttles'))
afterAll(() => auth.stop())

const attempt = (email: string, from: string, password = 'not-the-Password', app = auth.app) =>
  request(app).post('/api/login').set('X-Forwarded-For', from).send({ email, password })

async function fail(email: string, from: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await attempt(email, from).expect(401)
}

/** Lets time pass for everything that is counted. */
const pass = (seconds: number) =>
  auth.sql(
    'UPDATE throttles SET updated_at = updated_at - make_interval(secs => $1), free_at = free_at - make_interval(secs => $1)',
    [seconds],
  )

/** A pause that began goes on for longer than any test takes. */
const hold = () => auth.sql("UPDATE throttles SET free_at = free_at + interval '1 hour' WHERE free_at > updated_at")

let hosts = 0
/** An address that nobody was seen at. */
function newAddress(): string {
  hosts += 1
  return `198.51.${Math.floor(hosts / 250)}.${(hosts % 250) + 1}`
}

test('ten mistakes are free; then each doubles the wait, up to a quarter of an hour', async () => {
  const from = newAddress()
  const email = 'patient@example.com'
  const waits: number[] = []
  for (let mistake = 0; mistake < 22; mistake += 1) {
    await fail(email, from, 1)
    // Rounded, for the mistakes that time forgot meanwhile. The account's own, softer wait is another test's.
    const [row] = await auth.sql<{ wait: number }>(
      `SELECT round(extract(epoch FROM free_at - updated_at))::int AS wait FROM throttles WHERE key LIKE 'login-pair:%'`,
    )
    waits.push(row!.wait)
    await auth.sql("DELETE FROM throttles WHERE key LIKE 'login-account:%'")
    await auth.sql('UPDATE throttles SET free_at = clock_timestamp()')
  }
  expect(waits.slice(0, 10)).toEqual(Array(10).fill(0))
  expect(waits.slice(10, 14)).toEqual([1, 2, 4, 8])
  expect(waits.slice(14).map((wait) => Math.round(Math.log2(wait)))).toEqual([4, 5, 6, 7, 8, 9, 10, 10])
  expect(waits.slice(-2)).toEqual([900, 900])
})

test('the answer says when to come again', async () => {
  const from = newAddress()
  await fail('hurry@example.com', from, 11)
  await auth.sql("UPDATE throttles SET free_at = clock_timestamp() + interval '100 seconds' WHERE free_at > updated_at")
  const { headers, body } = await attempt('hurry@example.com', from).expect(429)
  expect(body).toMatchObject({ status: 429, code: 'too_many_tries' })
  expect(body.detail).toContain('2 minutes')
  expect(Number(headers['retry-after'])).toBeGreaterThan(60)
  expect(Number(headers['retry-after'])).toBeLessThan(101)
})

test('the right password gets in once the wait is over, and starts the count anew', async () => {
  const { email } = await auth.signUp()
  const from = newAddress()
  await fail(email, from, 11)
  await hold()
  await attempt(email, from, goodPassword).expect(429)
  await pass(3_602)
  await attempt(email, from, goodPassword).expect(200)
  await fail(email, from, 10)
  await attempt(email, from, goodPassword).expect(200)
})

test('a refused try is not looked at, and does not make the wait longer', async () => {
  const { email } = await auth.signUp()
  const from = newAddress()
  await fail(email, from, 11)
  await hold()
  const app = createApp({
    ...auth.deps,
    passwords: { ...auth.deps.passwords, matches: () => Promise.reject(new Error('It was looked at.')) },
  })
  for (let time = 0; time < 5; time += 1) await attempt(email, from, goodPassword, app).expect(429)
  await pass(3_602)
  await attempt(email, from, goodPassword).expect(200)
})

test('mistakes are forgotten with time', async () => {
  const { email } = await auth.signUp()
  const from = newAddress()
  await fail(email, from, 11)
  await pass(3_000)
  await fail(email, from, 5)
  await hold()
  await attempt(email, from).expect(429)
})

test('an email without an account is slowed down alike, however it is spelt', async () => {
  const from = newAddress()
  await fail('nobody@example.com', from, 10)
  await fail(' NOBODY@Example.com ', from, 1)
  await hold()
  await attempt('nobody@example.com', from).expect(429)
})

test('guesses from many addresses slow down for that account, from addresses it does not know', async () => {
  const { email } = await auth.signUp()
  const other = await auth.signUp()
  const home = newAddress()
  await attempt(email, home, goodPassword).expect(200)
  for (let time = 0; time < 21; time += 1) await attempt(email, newAddress()).expect(401)
  await hold()
  await attempt(email, newAddress(), goodPassword).expect(429)
  // Its owner comes in from home, and others are not touched.
  await attempt(email, home, goodPassword).expect(200)
  await attempt(other.email, newAddress(), goodPassword).expect(200)
})

test('in IPv6 a /56 is one address', async () => {
  const { email } = await auth.signUp()
  for (let time = 0; time < 11; time += 1) await attempt(email, `2001:db8:0:12${time + 10}::${time}`).expect(401)
  await hold()
  await attempt(email, '2001:db8:0:12ff:1:2:3:4', goodPassword).expect(429)
  await attempt(email, '2001:db8:0:1300::1', goodPassword).expect(200)
})

test('a list of passwords tried from one address slows down, but not for whoever entered from there', async () => {
  const carrier = newAddress()
  const regular = await auth.signUp()
  await attempt(regular.email, carrier, goodPassword).expect(200)
  for (let time = 0; time < 3; time += 1) await attempt(`victim-${time}@example.com`, carrier).expect(401)
  expect(await auth.sql("SELECT round(level)::int AS level FROM throttles WHERE key LIKE 'login-network:%'")).toEqual([
    { level: 3 },
  ])
  await auth.sql("UPDATE throttles SET level = 100, updated_at = clock_timestamp() WHERE key LIKE 'login-network:%'")
  await attempt('victim@example.com', carrier).expect(401)
  await hold()
  const newcomer = await auth.signUp()
  await attempt(newcomer.email, carrier, goodPassword).expect(429)
  await attempt(regular.email, carrier, goodPassword).expect(200)
  await attempt(newcomer.email, newAddress(), goodPassword).expect(200)
})

test('somebody who is attacked from everywhere, in a new place, gets in by mail', async () => {
  const { email } = await auth.signUp()
  const here = newAddress()
  for (let time = 0; time < 21; time += 1) await attempt(email, newAddress()).expect(401)
  await hold()
  await attempt(email, here, goodPassword).expect(429)
  await auth.api().post('/api/forgot-password').send({ email }).expect(202)
  await sendResetMails(auth.deps)
  const token = /[\w-]{43}/.exec(auth.mails.at(-1)?.text ?? '')?.[0]
  const password = 'baobab-Shade-7'
  await auth.api().post('/api/reset-password').set('X-Forwarded-For', here).send({ token, password }).expect(204)
  for (let time = 0; time < 21; time += 1) await attempt(email, newAddress()).expect(401)
  await hold()
  await attempt(email, here, password).expect(200)
})

test('many tries at once are not free', async () => {
  const { email } = await auth.signUp()
  const from = newAddress()
  const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(email, from)))
  const seen = answers.filter(({ status }) => status === 401).length
  // One more for each pause that ended while a slow machine was at it.
  expect(seen).toBeGreaterThanOrEqual(11)
  expect(seen).toBeLessThan(14)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20 - seen)
})

test('a try that could not be looked at does not count', async () => {
  const { email } = await auth.signUp()
  const from = newAddress()
  const busy = createApp({ ...auth.deps, passwords: createPasswords(4, { atOnce: 0, waiting: 0 }) })
  for (let time = 0; time < 15; time += 1) await attempt(email, from, goodPassword, busy).expect(503)
  await attempt(email, from, goodPassword).expect(200)
})

test('a load test can raise what is free', async () => {
  const { email } = await auth.signUp()
  const app = createApp({ ...auth.deps, limitFactor: 3 })
  const from = newAddress()
  for (let time = 0; time < 31; time += 1) await attempt(email, from, 'not-the-Password', app).expect(401)
  await hold()
  await attempt(email, from, goodPassword, app).expect(429)
})

test('whoever has hold of a session cannot guess the password with it', async () => {
  const { bearer } = await auth.signUp()
  const guess = (currentPassword: string) =>
    auth
      .api()
      .put('/api/password')
      .set('Authorization', bearer)
      .send({ currentPassword, newPassword: 'baobab-Shade-7' })
  for (let time = 0; time < 6; time += 1) await guess('not-the-Password').expect(400)
  await hold()
  await guess(goodPassword).expect(429)
  await pass(3_602)
  await guess(goodPassword).expect(204)
})

test('one email cannot be registered over and over', async () => {
  const body = { name: 'Amina', email: 'again@example.com', password: goodPassword }
  const register = () => auth.api().post('/api/register').send(body)
  await register().expect(201)
  for (let time = 0; time < 5; time += 1) await register().expect(409)
  await hold()
  await register().expect(429)
  await auth
    .api()
    .post('/api/register')
    .send({ ...body, email: 'other@example.com' })
    .expect(201)
})

test('keeps no email, and forgets what has drained', async () => {
  await attempt('typed-Password-1', newAddress()).expect(401)
  const rows = await auth.sql<{ key: string }>('SELECT key FROM throttles')
  expect(rows).toHaveLength(3)
  for (const { key } of rows) expect(key).toMatch(/^login-(pair|account|network):[\w-]{43}$/)
  await deleteDrainedThrottles(auth.deps.database)
  expect(await auth.sql('SELECT key FROM throttles')).toHaveLength(3)
  await pass(3 * 86_400)
  await deleteDrainedThrottles(auth.deps.database)
  expect(await auth.sql('SELECT key FROM throttles')).toEqual([])
})
