import { generateKeyPairSync, randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { createUserVerifier, Problem } from '../src'
import { forge, unsigned, withEc, withHmacOf, withRsa } from './tokens'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const strangers = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = keys.publicKey.export({ format: 'pem', type: 'spki' }).toString()

const verify = createUserVerifier(async (kid) => (kid === 'key-1' ? keys.publicKey : undefined))

const header = { alg: 'RS256', typ: 'at+jwt', kid: 'key-1' }
const id = randomUUID()
const sid = randomUUID()
const claims = { sub: id, role: 'customer', sid, ver: 3, iss: 'duka-auth', aud: 'duka' }
const good = withRsa(keys.privateKey)
const past = Math.floor(Date.now() / 1000) - 1

test('a token that auth signed says who it is', async () => {
  expect(await verify(forge(header, claims, good))).toEqual({ id, role: 'customer', sessionId: sid, version: 3 })
})

const forgeries: [string, string][] = [
  ['is none', 'nonsense'],
  ['is empty', ''],
  ['has no signature part', 'a.b'],
  ['says alg none', forge({ ...header, alg: 'none' }, claims, unsigned)],
  ['says alg NONE', forge({ ...header, alg: 'NONE' }, claims, unsigned)],
  ['says RS256 but is not signed', forge(header, claims, unsigned)],
  ['is HS256 under the public key', forge({ ...header, alg: 'HS256' }, claims, withHmacOf(keys.publicKey))],
  ['is HS256 under the trimmed public key', forge({ ...header, alg: 'HS256' }, claims, withHmacOf(pem.trim()))],
  ['is HS256 but says RS256', forge(header, claims, withHmacOf(keys.publicKey))],
  ['is HS256 under nothing', forge({ ...header, alg: 'HS256' }, claims, withHmacOf(''))],
  ['is ES256', forge({ ...header, alg: 'ES256' }, claims, withEc(curve.privateKey))],
  ["is signed by a stranger's key", forge(header, claims, withRsa(strangers.privateKey))],
  [
    'brings its own key',
    forge({ ...header, jwk: strangers.publicKey.export({ format: 'jwk' }) }, claims, withRsa(strangers.privateKey)),
  ],
  [
    'says where to find its key',
    forge({ ...header, jku: 'http://127.0.0.1:9/keys' }, claims, withRsa(strangers.privateKey)),
  ],
  ['has a kid that nobody knows', forge({ ...header, kid: 'key-2' }, claims, good)],
  ['has a kid that is no text', forge({ ...header, kid: { a: 1 } }, claims, good)],
  ['has no kid', forge({ alg: 'RS256', typ: 'at+jwt' }, claims, good)],
  ['has the type of a proof', forge({ ...header, typ: 'svc+jwt' }, claims, good)],
  ['has the type JWT', forge({ ...header, typ: 'JWT' }, claims, good)],
  ['has no type', forge({ alg: 'RS256', kid: 'key-1' }, claims, good)],
  ['is from another issuer', forge(header, { ...claims, iss: 'someone' }, good)],
  ['is for another audience', forge(header, { ...claims, aud: 'others' }, good)],
  ['has no audience', forge(header, { ...claims, aud: undefined }, good)],
  ['has expired', forge(header, { ...claims, exp: past }, good)],
  ['never expires', forge(header, { ...claims, exp: undefined }, good)],
  ['is not valid yet', forge(header, { ...claims, nbf: past + 100 }, good)],
  ['has a role that does not exist', forge(header, { ...claims, role: 'owner' }, good)],
  ['has no user', forge(header, { ...claims, sub: undefined }, good)],
  ['has a user that is no id', forge(header, { ...claims, sub: "' OR 1=1" }, good)],
  ['has no session', forge(header, { ...claims, sid: undefined }, good)],
  ['has no version', forge(header, { ...claims, ver: undefined }, good)],
  ['is null inside', forge(header, 'null', good)],
  ['is text inside', forge(header, '"x"', good)],
  ['is no JSON inside, and says JWT', forge({ ...header, typ: 'JWT' }, 'x', good)],
]

test.each(forgeries)('a token that %s is a 401', async (_what, token) => {
  const error = await verify(token).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(Problem)
  expect(error).toMatchObject({ status: 401, code: 'unauthorized' })
})

test('a token with another payload under a good signature is refused', async () => {
  const [head, , signature] = forge(header, claims, good).split('.')
  const payload = forge(header, { ...claims, role: 'admin' }, good).split('.')[1]
  await expect(verify(`${head}.${payload}.${signature}`)).rejects.toMatchObject({ status: 401 })
})

describe('a token that was checked before', () => {
  const check = jest.spyOn(jwt, 'verify')

  beforeEach(() => check.mockClear())
  afterEach(() => void jest.useRealTimers())

  test('is not checked again', async () => {
    const token = forge(header, { ...claims, ver: 4 }, good)
    const users = [await verify(token), await verify(token)]
    expect(users[1]).toEqual(users[0])
    expect(check).toHaveBeenCalledTimes(1)
  })

  test('is refused once it has expired', async () => {
    const token = forge(header, { ...claims, ver: 5 }, good)
    await verify(token)
    jest.useFakeTimers({ now: Date.now() + 3_600_000 })
    await expect(verify(token)).rejects.toMatchObject({ status: 401 })
  })

  test('is refused once its key was withdrawn or replaced', async () => {
    const published = new Map([['key-1', keys.publicKey]])
    const verifyPublished = createUserVerifier(async (kid) => published.get(kid))
    const token = forge(header, claims, good)
    await verifyPublished(token)
    published.set('key-1', strangers.publicKey)
    await expect(verifyPublished(token)).rejects.toMatchObject({ status: 401 })
    published.set('key-1', keys.publicKey)
    await verifyPublished(token)
    published.clear()
    await expect(verifyPublished(token)).rejects.toMatchObject({ status: 401 })
  })

  test('is forgotten when many came after it', async () => {
    const verifyFew = createUserVerifier(async () => keys.publicKey)
    const tokens = Array.from({ length: 2_001 }, (_, ver) => forge(header, { ...claims, ver }, good))
    for (const token of tokens) await verifyFew(token)
    check.mockClear()
    await verifyFew(tokens[2_000] ?? '')
    await verifyFew(tokens[1] ?? '')
    expect(check).not.toHaveBeenCalled()
    await verifyFew(tokens[0] ?? '')
    expect(check).toHaveBeenCalledTimes(1)
  })
})

test('auth that does not answer is not the fault of the token', async () => {
  const broken = createUserVerifier(async () => {
    throw new Problem(503, 'service_unavailable', 'Down.')
  })
  await expect(broken(forge(header, claims, good))).rejects.toMatchObject({ status: 503 })
})
