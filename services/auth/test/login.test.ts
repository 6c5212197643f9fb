import { randomUUID } from 'node:crypto'
import { authContract } from '@duka/contracts'
import request from 'supertest'
import { createApp } from '../src/app'
import { createPasswords } from '../src/passwords'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const login = (body: object) => auth.api().post('/api/login').send(body)

test('signs in, and each sign-in is a session of its own', async () => {
  const { id, email } = await auth.signUp()
  const { body, headers } = await login({ email, password: goodPassword }).expect(200)
  expect(authContract.login.response.parse(body)).toEqual(body)
  expect(headers['cache-control']).toBe('no-store')
  expect(await auth.sql('SELECT id FROM sessions WHERE user_id = $1', [id])).toHaveLength(2)
})

test('finds the account however the email is spelt', async () => {
  const { email } = await auth.signUp()
  await login({ email: `  ${email.toUpperCase()} `, password: goodPassword }).expect(200)
})

test('answers unknown email, wrong password and closed account alike', async () => {
  const { id, email } = await auth.signUp()
  const closed = await auth.signUp()
  await auth.sql('UPDATE users SET is_active = false WHERE id = $1', [closed.id])
  const answers = await Promise.all([
    login({ email: 'nobody@example.com', password: goodPassword }).expect(401),
    login({ email: 'no email at all', password: goodPassword }).expect(401),
    login({ email, password: 'not-the-Password' }).expect(401),
    login({ email: closed.email, password: goodPassword }).expect(401),
  ])
  const documents = answers.map(({ body: { requestId, traceId, ...rest } }) => rest)
  expect(new Set(documents.map((document) => JSON.stringify(document))).size).toBe(1)
  expect(documents[0]).toMatchObject({ status: 401, code: 'invalid_credentials' })
  expect(answers[0]?.headers['www-authenticate']).toBe('Bearer')
  expect(await auth.sql('SELECT id FROM sessions WHERE user_id = $1', [id])).toHaveLength(1)
})

test('a longer password does not match by its first 72 bytes', async () => {
  const password = 'x'.repeat(72)
  const { email } = await auth.signUp({ password })
  await login({ email, password }).expect(200)
  await login({ email, password: `${password}y` }).expect(401)
})

const composed = 'Caf\u00e9-Tree-42'
const decomposed = 'Cafe\u0301-Tree-42'

test.each([
  ['composed', composed],
  ['decomposed', decomposed],
])('a password that is set %s is right in both forms', async (_what, password) => {
  const { email, bearer } = await auth.signUp({ password })
  for (const typed of [composed, decomposed]) {
    await login({ email, password: typed }).expect(200)
    const change = { currentPassword: typed, newPassword: typed }
    await auth.api().put('/api/password').set('authorization', bearer).send(change).expect(204)
  }
  await login({ email, password: composed }).expect(200)
  await login({ email, password: 'Cafe-Tree-42' }).expect(401)
})

test('a hash of an older shop goes on, however its password was composed', async () => {
  const { id, email } = await auth.signUp()
  for (const kept of [composed, decomposed]) {
    await auth.sql('UPDATE users SET password = $2 WHERE id = $1', [id, await auth.deps.passwords.hash(kept)])
    for (const typed of [composed, decomposed]) await login({ email, password: typed }).expect(200)
  }
})

test.each([
  ['a NUL', 'amina\u0000@example.com'],
  ['half a sign', 'amina\ud800@example.com'],
  ['nothing to see', '\u200b'],
])('refuses an email with %s', async (_what, email) => {
  const { body } = await login({ email, password: goodPassword }).expect(400)
  expect(body.errors[0].path).toBe('email')
})

test.each([
  ['no body', undefined, ''],
  ['no password', { email: 'amina@example.com' }, 'password'],
  ['a password that is no text', { email: 'amina@example.com', password: { $ne: '' } }, 'password'],
])('refuses %s', async (_what, sent, path) => {
  const { body } = await auth.api().post('/api/login').send(sent).expect(400)
  expect(body.errors[0].path).toBe(path)
})

test.each([
  ['of letters of A to Z', 'not-the-Password'],
  ['that has two forms', 'not-the-Passw\u00f6rd'],
])('an unknown email costs the time of a wrong password %s', async (_what, password) => {
  const deps = { ...auth.deps, passwords: createPasswords(10) }
  const app = createApp(deps)
  const email = `${randomUUID()}@example.com`
  await request(app).post('/api/register').send({ name: 'Slow', email, password: goodPassword }).expect(201)
  const fastest = async (address: string) => {
    const times: number[] = []
    for (let round = 0; round < 4; round += 1) {
      const startedAt = performance.now()
      await request(app).post('/api/login').send({ email: address, password }).expect(401)
      times.push(performance.now() - startedAt)
    }
    return Math.min(...times)
  }
  const [wrong, unknown] = [await fastest(email), await fastest('nobody@example.com')]
  expect(unknown).toBeGreaterThan(wrong / 2)
  expect(unknown).toBeLessThan(wrong * 2)
})

test('a hash of another cost gives way to one of today at the next sign-in, and nobody is signed out', async () => {
  const { id, email, bearer } = await auth.signUp()
  const read = () => auth.row<{ password: string }>('SELECT password FROM users WHERE id = $1', [id])
  const app = createApp({ ...auth.deps, passwords: createPasswords(5) })
  const signIn = (password: string) => request(app).post('/api/login').send({ email, password })
  await signIn('not-the-Password').expect(401)
  expect((await read())?.password).toMatch(/^\$2b\$04\$/)
  // At once, one of them renews the hash while the others are between looking and entering.
  const answers = await Promise.all([1, 2, 3].map(() => signIn(goodPassword)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const renewed = await read()
  expect(renewed?.password).toMatch(/^\$2b\$05\$/)
  await signIn(goodPassword).expect(200)
  expect(await read()).toEqual(renewed)
  await auth.api().get('/api/profile').set('Authorization', bearer).expect(200)
})

test('a sign-in does not fail because its hash could not be renewed', async () => {
  const { email } = await auth.signUp()
  const passwords = { ...createPasswords(5), hash: () => Promise.reject(new Error('busy')) }
  await request(createApp({ ...auth.deps, passwords }))
    .post('/api/login')
    .send({ email, password: goodPassword })
    .expect(200)
})

test('beyond what can be hashed soon, it says when to come again', async () => {
  const passwords = createPasswords(4, { atOnce: 0, waiting: 0 })
  const { body, headers } = await request(createApp({ ...auth.deps, passwords }))
    .post('/api/login')
    .send({ email: 'crowd@example.com', password: goodPassword })
    .expect(503)
  expect(body.code).toBe('too_busy')
  expect(Number(headers['retry-after'])).toBeGreaterThan(0)
})
