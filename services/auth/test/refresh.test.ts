import { createHash } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { type Auth, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const refresh = (refreshToken: unknown) => auth.api().post('/api/refresh').send({ refreshToken })
const profile = (token: string) => auth.api().get('/api/profile').set('Authorization', `Bearer ${token}`)
const hashOf = (token: string) => createHash('sha256').update(token).digest()
const sessionOf = (token: string) =>
  auth.row<{ end_reason: string | null }>(
    'SELECT s.end_reason FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id WHERE t.hash = $1',
    [hashOf(token)],
  )

test('gives the next pair of the same session', async () => {
  const first = await auth.signUp()
  const { body, headers } = await refresh(first.refreshToken).expect(200)
  expect(authContract.refresh.response.parse(body)).toEqual(body)
  expect(headers['cache-control']).toBe('no-store')
  expect(body.refreshToken).not.toBe(first.refreshToken)
  await profile(body.token).expect(200)
  await refresh(body.refreshToken).expect(200)
  expect(await auth.sql('SELECT id FROM sessions WHERE user_id = $1', [first.id])).toHaveLength(1)
})

test('a token that is used again ends its whole family, and no other', async () => {
  const first = await auth.signUp()
  const elsewhere = await auth.signIn(first.email)
  const second = (await refresh(first.refreshToken).expect(200)).body
  const third = (await refresh(second.refreshToken).expect(200)).body
  const { body } = await refresh(first.refreshToken).expect(401)
  expect(body.code).toBe('unauthorized')
  await refresh(third.refreshToken).expect(401)
  await profile(third.token).expect(401)
  expect(await sessionOf(third.refreshToken)).toEqual({ end_reason: 'reuse' })
  await refresh(elsewhere.refreshToken).expect(200)
})

test('of calls at once with one token, one gets a pair and the family ends', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { refreshToken } = await auth.signUp()
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(refreshToken)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401])
    expect(await sessionOf(refreshToken)).toEqual({ end_reason: 'reuse' })
    await refresh(answers.find(({ status }) => status === 200)?.body.refreshToken).expect(401)
  }
})

test('an expired token is refused, and that is no reuse', async () => {
  const { refreshToken } = await auth.signUp()
  await auth.sql("UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE hash = $1", [
    hashOf(refreshToken),
  ])
  await refresh(refreshToken).expect(401)
  expect(await sessionOf(refreshToken)).toEqual({ end_reason: null })
})

test('a closed account gets no more tokens, and its token stays unused', async () => {
  const { id, refreshToken } = await auth.signUp()
  await auth.sql('UPDATE users SET is_active = false WHERE id = $1', [id])
  await refresh(refreshToken).expect(401)
  await auth.sql('UPDATE users SET is_active = true WHERE id = $1', [id])
  await refresh(refreshToken).expect(200)
})

test('the next token has the role and version of now', async () => {
  const { id, refreshToken, token } = await auth.signUp()
  await auth.sql("UPDATE users SET role = 'admin', token_version = token_version + 1 WHERE id = $1", [id])
  await profile(token).expect(401)
  const { body } = await refresh(refreshToken).expect(200)
  await auth.api().get('/api/users').set('Authorization', `Bearer ${body.token}`).expect(200)
})

test('refuses what is no token', async () => {
  await refresh('made-up').expect(401)
  await refresh(undefined).expect(400)
  await refresh(['a']).expect(400)
})

test('each new token sweeps a bounded number of expired tokens and sessions away', async () => {
  const old = await auth.signUp()
  await auth.sql(
    `INSERT INTO refresh_tokens (hash, session_id, expires_at, used_at)
     SELECT sha256(n::text::bytea), s.id, now() - interval '1 day', now() FROM generate_series(1, 30) n, sessions s
     WHERE s.user_id = $1`,
    [old.id],
  )
  const { refreshToken } = await auth.signUp()
  const expired = 'SELECT count(*)::int AS count FROM refresh_tokens WHERE expires_at < now()'
  expect((await auth.row<{ count: number }>(expired))?.count).toBeLessThan(30)
  await refresh(refreshToken).expect(200)
  expect(await auth.row(expired)).toEqual({ count: 0 })
  await auth.sql("UPDATE sessions SET expires_at = now() - interval '1 day' WHERE user_id = $1", [old.id])
  await auth.signIn(old.email)
  expect(await auth.sql('SELECT id FROM sessions WHERE user_id = $1', [old.id])).toHaveLength(1)
})
