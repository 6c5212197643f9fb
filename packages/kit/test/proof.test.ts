import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { ServiceName } from '@duka/contracts'
import { createProof } from '../src'
import { forge, unsigned, withEc, withHmacOf, withRsa } from './tokens'

const pairs = {
  order: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  payment: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  cart: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKeys = new Map<ServiceName, KeyObject>([
  ['order', pairs.order.publicKey],
  ['payment', pairs.payment.publicKey],
])
const proofOf = (name: keyof typeof pairs) => createProof({ name, privateKey: pairs[name].privateKey, publicKeys })

const header = { alg: 'ES256', typ: 'svc+jwt' }
const claims = { iss: 'order', aud: 'payment' }
const good = withEc(pairs.order.privateKey)
const now = Math.floor(Date.now() / 1000)

afterEach(() => {
  jest.restoreAllMocks()
})

test('a service proves its name to the one that it calls', () => {
  const token = proofOf('order').sign('payment')
  expect(proofOf('payment').verify(token)).toBe('order')
  expect(proofOf('payment').verify(forge(header, claims, good))).toBe('order')
})

test('a proof for one service is none for another', () => {
  const token = proofOf('order').sign('cart')
  expect(() => proofOf('payment').verify(token)).toThrow('401')
})

test('a service without a known key proves nothing', () => {
  expect(() => proofOf('payment').verify(proofOf('cart').sign('payment'))).toThrow('401')
})

test('proofs are used again for half of their life, and end after it', () => {
  const order = proofOf('order')
  const first = order.sign('payment')
  const later = Date.now() + 29_000
  jest.spyOn(Date, 'now').mockImplementation(() => later)
  expect(order.sign('payment')).toBe(first)
  jest.spyOn(Date, 'now').mockImplementation(() => later + 2_000)
  expect(order.sign('payment')).not.toBe(first)
  expect(proofOf('payment').verify(first)).toBe('order')
  jest.spyOn(Date, 'now').mockImplementation(() => later + 33_000)
  expect(() => proofOf('payment').verify(first)).toThrow('401')
})

const forgeries: [string, string][] = [
  ['is none', 'x.y.z'],
  ['is empty', ''],
  ['is not signed', forge({ ...header, alg: 'none' }, claims, unsigned)],
  ['is an HMAC of the public key', forge({ ...header, alg: 'HS256' }, claims, withHmacOf(pairs.order.publicKey))],
  ['is signed by another service', forge(header, claims, withEc(pairs.payment.privateKey))],
  ['is signed by a key of another kind', forge({ ...header, alg: 'RS256' }, claims, withRsa(rsa.privateKey))],
  ['names a service that does not exist', forge(header, { ...claims, iss: 'admin' }, good)],
  ['names a list of services', forge(header, { ...claims, iss: ['order'] }, good)],
  ['names no service', forge(header, { ...claims, iss: undefined }, good)],
  ['has no audience', forge(header, { ...claims, aud: undefined }, good)],
  ['has expired', forge(header, { ...claims, exp: now - 1 }, good)],
  [
    'is older than a proof may be, whatever it says',
    forge(header, { ...claims, iat: now - 61, exp: now + 9999 }, good),
  ],
  ['does not say when it was made', forge(header, { ...claims, iat: undefined }, good)],
  ['has the type of a user token', forge({ ...header, typ: 'at+jwt' }, claims, good)],
  ['has no type', forge({ alg: 'ES256' }, claims, good)],
  ['is null inside', forge(header, 'null', good)],
  ['is no JSON inside, and says JWT', forge({ alg: 'ES256', typ: 'JWT' }, 'x', good)],
]

test.each(forgeries)('a proof that %s is a 401', (_what, token) => {
  try {
    proofOf('payment').verify(token)
  } catch (error) {
    expect(error).toMatchObject({ status: 401, code: 'unauthorized' })
    return
  }
  throw new Error('It was believed.')
})
