import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto'
import { es, type Fields, hs, ps, readToken, rs, type Sign, unsigned, writeToken } from './write-token'

export interface Loot {
  /** A token that stands, of the user whom the attacker would like to be. */
  valid: string
  refreshToken: string
  /** A service's proof, which is no user's token. */
  proof: string
  /** What the shop signs with: only with it can a claim be wrong and the signature right. */
  signingKey: KeyObject
  serviceKey: KeyObject
  /** A key as the shop publishes it. */
  published: JsonWebKey
  /** Where the attacker keeps keys of their own. */
  lureUrl: string
}

const second = () => Math.floor(Date.now() / 1000)
const without = (fields: Fields, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

/** Everything that looks like a user's token and is none, by name. */
export function forgeTokens(loot: Loot): [name: string, token: string][] {
  return [...forgeSignatures(loot), ...forgeKeys(loot), ...forgeHeaders(loot), ...forgeClaims(loot), ...mangle(loot)]
}

function forgeSignatures({ valid, signingKey, published, serviceKey }: Loot): [string, string][] {
  const { header, payload, signature } = readToken(valid)
  const publicKey = createPublicKey({ key: published, format: 'jwk' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const secrets: [string, string | Buffer][] = [
    ['the PEM', pem],
    ['the trimmed PEM', pem.trim()],
    ['the PKCS#1 PEM', publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['the DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['the JWK', JSON.stringify(published)],
    ['the modulus', Buffer.from(published.n ?? '', 'base64url')],
    ['nothing', ''],
  ]
  const changed = (header: Fields, sign: Sign) => writeToken(header, payload, sign)
  return [
    ...['none', 'None', 'NONE', 'nOnE', '', null].map((alg): [string, string] => [
      `alg ${alg}`,
      changed({ ...header, alg }, unsigned),
    ]),
    ['alg none, signed all the same', changed({ ...header, alg: 'none' }, rs(signingKey))],
    ['no signature', changed(header, unsigned)],
    ...secrets.map(([name, secret]): [string, string] => [
      `HS256 with ${name} of the public key`,
      changed({ ...header, alg: 'HS256' }, hs(secret)),
    ]),
    ['RS512 by the right key', changed({ ...header, alg: 'RS512' }, rs(signingKey, 'sha512'))],
    ['PS256 by the right key', changed({ ...header, alg: 'PS256' }, ps(signingKey))],
    ['ES256 by a service', changed({ ...header, alg: 'ES256' }, es(serviceKey))],
    ['RS256 that is ES256 by a service', changed(header, es(serviceKey))],
    [
      'another role under the old signature',
      `${changed(header, unsigned).replace(/\.[^.]*\.$/, '')}.${tamper(payload)}.${signature}`,
    ],
    ['another header under the old signature', changed({ ...header, x: 1 }, () => Buffer.from(signature, 'base64url'))],
    ['zeros for a signature', changed(header, () => Buffer.alloc(256))],
  ]
}

function tamper(payload: Fields): string {
  return Buffer.from(JSON.stringify({ ...payload, role: 'admin', sub: randomUUID() })).toString('base64url')
}

/** Signed well, by a key of the attacker's own. */
function forgeKeys({ valid, lureUrl }: Loot): [string, string][] {
  const { header, payload } = readToken(valid)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: header.kid }
  const headers: [string, Fields][] = [
    ['the known kid', header],
    ['an unknown kid', { ...header, kid: 'mine' }],
    ['no kid', without(header, 'kid')],
    ['a kid that is a list', { ...header, kid: [header.kid] }],
    ['a kid that is an object', { ...header, kid: { toString: header.kid } }],
    ['a kid that is a number', { ...header, kid: 0 }],
    ['a kid of the prototype', { ...header, kid: '__proto__' }],
    ['a kid that is a path', { ...header, kid: '../../../../dev/null' }],
    ['a kid that is SQL', { ...header, kid: "x' UNION SELECT 'mine' --" }],
    ['its key in the header', { ...header, kid: 'mine', jwk }],
    ['its key in the header under the known kid', { ...header, jwk }],
    ['jku', { ...header, jku: `${lureUrl}/jwks.json` }],
    ['jku and an unknown kid', { ...header, kid: 'mine', jku: `${lureUrl}/jwks.json` }],
    ['x5u', { ...header, kid: 'mine', x5u: `${lureUrl}/cert.pem` }],
    ['a kid that is an address', { ...header, kid: `${lureUrl}/jwks.json` }],
    ['an issuer of its own', header],
  ]
  return headers.map(([name, each]) => {
    const claims = name === 'an issuer of its own' ? { ...payload, iss: lureUrl } : payload
    return [`another key with ${name}`, writeToken(each, claims, rs(privateKey))]
  })
}

/** The shop's own signature under a header that is not a user token's. */
function forgeHeaders({ valid, signingKey }: Loot): [string, string][] {
  const { header, payload } = readToken(valid)
  const types = ['JWT', 'svc+jwt', 'rt+jwt', '', null, ['at+jwt']]
  return [
    ...types.map((typ): [string, string] => [
      `typ ${JSON.stringify(typ)}`,
      writeToken({ ...header, typ }, payload, rs(signingKey)),
    ]),
    ['no typ', writeToken(without(header, 'typ'), payload, rs(signingKey))],
    ['the right key without kid', writeToken(without(header, 'kid'), payload, rs(signingKey))],
  ]
}

/** The shop's own signature under claims that must not be believed. */
function forgeClaims({ valid, signingKey }: Loot): [string, string][] {
  const { header, payload } = readToken(valid)
  const changes: Fields[] = [
    { aud: 'another' },
    { aud: ['another', 'duka-auth'] },
    { aud: '' },
    { iss: 'another' },
    { iss: 'duka' },
    { exp: second() - 1 },
    { exp: 0 },
    { exp: -1 },
    { exp: String(second() + 900) },
    { nbf: second() + 120 },
    { nbf: 'soon' },
    { role: 'superadmin' },
    { role: ['admin'] },
    { role: null },
    { sub: 'admin' },
    { sub: { id: payload.sub } },
    { sid: 'none' },
    { ver: '1' },
    { ver: 1.5 },
  ]
  return [
    ...changes.map((change): [string, string] => [
      `claim ${JSON.stringify(change).slice(0, 40)}`,
      writeToken(header, { ...payload, ...change }, rs(signingKey)),
    ]),
    ...['exp', 'aud', 'iss', 'sub', 'sid', 'ver', 'role'].map((name): [string, string] => [
      `no ${name}`,
      writeToken(header, without(payload, name), rs(signingKey)),
    ]),
  ]
}

/** What is no signed token at all. */
function mangle({ valid, refreshToken, proof }: Loot): [string, string][] {
  const [header = '', payload = '', signature = ''] = valid.split('.')
  return [
    ['a service proof', proof],
    ['a refresh token', refreshToken],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${valid}.${signature}`],
    ['a cut signature', valid.slice(0, -8)],
    ['a trailing dot', `${valid}.`],
    ['a list', `${valid},${valid}`],
    ['JSON', '{"sub":"admin"}'],
    ['dots', '..'],
    ['a payload that is no JSON', `${header}.bm90IGpzb24.${signature}`],
    ['a header that is no JSON', `bm90IGpzb24.${payload}.${signature}`],
    ['null parts', 'bnVsbA.bnVsbA.bnVsbA'],
    ['a long one', 'a'.repeat(8_000)],
  ]
}
