import { authContract } from '@duka/contracts'
import bcrypt from 'bcrypt'
import jwt from 'jsonwebtoken'
import { type Auth, goodPassword, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const person = { name: 'Amina Otieno', email: 'amina@example.com', password: goodPassword }
const register = (body: object) => auth.api().post('/api/register').send(body)
const emailed = (email: string) => ({ ...person, email })

test('opens a customer account and signs in', async () => {
  const { body, headers } = await register({ ...person, phoneNumber: '0712 345 678' }).expect(201)
  expect(authContract.register.response.parse(body)).toEqual(body)
  expect(body).toMatchObject({
    expiresIn: 900,
    user: { role: 'customer', phoneNumber: '254712345678', isActive: true },
  })
  expect(body.user).not.toHaveProperty('password')
  expect(headers['cache-control']).toBe('no-store')
  const profile = await auth.api().get('/api/profile').set('Authorization', `Bearer ${body.token}`).expect(200)
  expect(profile.body.user).toEqual(body.user)
})

test('stores a bcrypt hash and the hash of the refresh token, neither as it came', async () => {
  const { body } = await register(emailed('stored@example.com')).expect(201)
  const row = await auth.row<{ password: string }>('SELECT password FROM users WHERE id = $1', [body.user.id])
  expect(row?.password).toMatch(/^\$2b\$04\$/)
  expect(await bcrypt.compare(goodPassword, row?.password ?? '')).toBe(true)
  const tokens = await auth.sql<{ hash: Buffer }>(
    'SELECT t.hash FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = $1',
    [body.user.id],
  )
  expect(tokens).toHaveLength(1)
  expect(tokens[0]?.hash).toHaveLength(32)
  expect(tokens[0]?.hash.toString('utf8')).not.toContain(body.refreshToken)
})

test('the access token carries who, role, session and version, and what it is', async () => {
  const { body } = await register(emailed('claims@example.com')).expect(201)
  const { header, payload } = jwt.decode(body.token, { complete: true }) as jwt.Jwt & { payload: jwt.JwtPayload }
  const [key] = auth.deps.keys.published
  expect(header).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: key?.kid })
  expect(payload).toMatchObject({ sub: body.user.id, role: 'customer', ver: 1, iss: 'duka-auth', aud: 'duka' })
  expect(payload.exp! - payload.iat!).toBe(900)
  expect(await auth.row('SELECT 1 FROM sessions WHERE id = $1', [payload.sid])).toBeDefined()
})

test('ignores a role, an id and a flag that are sent along', async () => {
  const sent = { role: 'admin', id: '0197a000-0000-7000-8000-000000000001', isActive: false, token_version: 9 }
  const { body } = await register({ ...emailed('mass@example.com'), ...sent }).expect(201)
  expect(body.user).toMatchObject({ role: 'customer', isActive: true })
  expect(body.user.id).not.toBe(sent.id)
})

test('a known email is refused however it is spelt', async () => {
  await register(emailed('known@example.com')).expect(201)
  const { body } = await register(emailed('  KNOWN@Example.com ')).expect(409)
  expect(body).toMatchObject({ code: 'email_taken', status: 409 })
})

test.each([
  ['a local part of signs', ' Rock&Roll/1@example.com', 'rock&roll/1@example.com'],
  ['a domain of other letters', 'amina@Bu\u0308cher.example', 'amina@xn--bcher-kva.example'],
  ['wide letters', 'ｗｉｄｅ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'wide@example.com'],
])('takes an email with %s, and knows it again', async (_what, email, kept) => {
  const { body } = await register(emailed(email)).expect(201)
  expect(body.user.email).toBe(kept)
  await auth.api().post('/api/login').send({ email, password: person.password }).expect(200)
  await register(emailed(kept)).expect(409)
})

test('a name loses what is not seen of it', async () => {
  const sent = { ...emailed('unseen@example.com'), name: '\u202eAmina\u200b  Cafe\u0301\u2069' }
  const { body } = await register(sent).expect(201)
  expect(body.user.name).toBe('Amina Café')
})

test('of two registrations at once with one email, one is made', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => register(emailed('twice@example.com'))))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
  expect(await auth.sql("SELECT id FROM users WHERE email = 'twice@example.com'")).toHaveLength(1)
})

test.each([
  ['a missing name', { name: undefined }, 'name'],
  ['a blank name', { name: '   ' }, 'name'],
  ['a name that nobody can see', { name: '\u200b\u200b' }, 'name'],
  ['a name of an override', { name: '\u202e' }, 'name'],
  ['a bad email', { email: 'amina@' }, 'email'],
  ['a short password', { password: 'seven77' }, 'password'],
  ['a password over 72 bytes', { password: '€'.repeat(25) }, 'password'],
  ['a common password', { password: 'Password123' }, 'password'],
  ['a foreign phone number', { phoneNumber: '+44 7911 123456' }, 'phoneNumber'],
])('refuses %s by name', async (_what, change, path) => {
  const { body, headers } = await register({ ...emailed('refused@example.com'), ...change }).expect(400)
  expect(headers['content-type']).toMatch('application/problem+json')
  expect(body.code).toBe('validation_failed')
  expect(body.errors.map((error: { path: string }) => error.path)).toEqual([path])
  expect(await auth.row("SELECT 1 FROM users WHERE email = 'refused@example.com'")).toBeUndefined()
})

test('takes a password of exactly 72 bytes', async () => {
  const password = '€'.repeat(24)
  await register({ ...emailed('long@example.com'), password }).expect(201)
  await auth.api().post('/api/login').send({ email: 'long@example.com', password }).expect(200)
})
