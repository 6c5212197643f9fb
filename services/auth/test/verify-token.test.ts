import { createPublicKey, randomUUID } from 'node:crypto'
import { authContract } from '@duka/contracts'
import { asService, asUser, userToken } from '@duka/testkit'
import jwt from 'jsonwebtoken'
import { type Auth, startAuth } from './support'

let auth: Auth
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const verify = (token: unknown, bearer = asService('cart', 'auth')) =>
  auth.api().post('/api/verify').set('Authorization', bearer).send({ token })
const refused = { valid: false, user: null }

test('says that a token and its user stand', async () => {
  const { id, token } = await auth.signUp()
  const { body } = await verify(token).expect(200)
  expect(authContract.verifyToken.response.parse(body)).toEqual(body)
  expect(body).toMatchObject({ valid: true, user: { id, role: 'customer' } })
})

test.each([
  ['the account is closed', 'UPDATE users SET is_active = false WHERE id = $1'],
  ['the version has risen', 'UPDATE users SET token_version = token_version + 1 WHERE id = $1'],
  ['the role has changed', "UPDATE users SET role = 'admin' WHERE id = $1"],
  ['the session has ended', "UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE user_id = $1"],
  ['the user is gone', 'DELETE FROM users WHERE id = $1'],
])('says no once %s', async (_what, change) => {
  const { id, token } = await auth.signUp()
  await auth.sql(change, [id])
  expect((await verify(token).expect(200)).body).toEqual(refused)
})

const forgeries: [string, (claims: jwt.JwtPayload, kid: string) => string][] = [
  ['another key', (claims) => userToken({ id: claims.sub as string })],
  [
    'no algorithm',
    (claims, kid) => jwt.sign(claims, '', { algorithm: 'none', header: { alg: 'none', typ: 'at+jwt', kid } }),
  ],
  [
    'the public key as a secret',
    (claims, kid) => jwt.sign(claims, publicPem(), { header: { alg: 'HS256', typ: 'at+jwt', kid } }),
  ],
  ['another type', (claims, kid) => sign(claims, { typ: 'JWT', kid })],
  ['an unknown kid', (claims) => sign(claims, { typ: 'at+jwt', kid: 'other' })],
  ['no kid', (claims) => sign(claims, { typ: 'at+jwt' })],
  ['another audience', (claims, kid) => sign({ ...claims, aud: 'elsewhere' }, { typ: 'at+jwt', kid })],
  ['another issuer', (claims, kid) => sign({ ...claims, iss: 'elsewhere' }, { typ: 'at+jwt', kid })],
  ['its time over', (claims, kid) => sign({ ...claims, exp: claims.iat! - 1 }, { typ: 'at+jwt', kid })],
  ['no end', ({ exp: _exp, ...claims }, kid) => sign(claims, { typ: 'at+jwt', kid })],
  ['no version', ({ ver: _ver, ...claims }, kid) => sign(claims, { typ: 'at+jwt', kid })],
]

test.each(forgeries)('a token with %s is refused everywhere', async (_what, forge) => {
  const { token } = await auth.signUp()
  const { header, payload } = jwt.decode(token, { complete: true }) as jwt.Jwt
  const forged = forge(payload as jwt.JwtPayload, header.kid!)
  expect((await verify(forged).expect(200)).body).toEqual(refused)
  await auth.api().get('/api/profile').set('Authorization', `Bearer ${forged}`).expect(401)
})

test('the same claims, signed as they should be, are good', async () => {
  const { token } = await auth.signUp()
  const { header, payload } = jwt.decode(token, { complete: true }) as jwt.Jwt
  const copy = sign(payload as jwt.JwtPayload, { typ: 'at+jwt', kid: header.kid })
  expect((await verify(copy).expect(200)).body.valid).toBe(true)
})

test('what is no token is refused, not an error', async () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  for (const token of ['x', 'a.b.c', `${encode('{"typ":"JWT","alg":"RS256","kid":"k"}')}.${encode('no json')}.eA`]) {
    expect((await verify(token).expect(200)).body).toEqual(refused)
    await auth.api().get('/api/profile').set('Authorization', `Bearer ${token}`).expect(401)
  }
  await verify(undefined).expect(400)
})

test('answers only services that prove their name to auth', async () => {
  const { token, bearer } = await auth.signUp()
  await auth.api().post('/api/verify').send({ token }).expect(401)
  await verify(token, bearer).expect(401)
  await verify(token, asUser(randomUUID(), 'admin')).expect(401)
  await verify(token, asService('cart', 'order')).expect(401)
  await verify(token, asService('auth', 'auth')).expect(403)
})

function sign(claims: jwt.JwtPayload, header: object): string {
  return jwt.sign(claims, auth.config.JWT_PRIVATE_KEY, { header: { alg: 'RS256', ...header } })
}

function publicPem(): string {
  return createPublicKey(auth.config.JWT_PRIVATE_KEY).export({ type: 'spki', format: 'pem' }) as string
}
