import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { type Role, type ServiceName, serviceNames } from '@duka/contracts'
import {
  createProof,
  createUserVerifier,
  type Proof,
  userTokenAlgorithm,
  userTokenAudience,
  userTokenIssuer,
  userTokenType,
} from '@duka/kit'
import jwt from 'jsonwebtoken'

const userKeys = readUserKeys()
const kid = 'test-key'

const serviceKeys = new Map<ServiceName, { publicKey: KeyObject; privateKey: KeyObject }>(
  serviceNames.map((name) => [name, generateKeyPairSync('ec', { namedCurve: 'P-256' })]),
)

/** Checks tokens as a service does, against the key that `userToken` signs with. */
export const verifyTestUser = createUserVerifier(async (id) => (id === kid ? userKeys.publicKey : undefined))

/** The key that `userToken` signs with, as auth publishes its own. */
export const testJwks = { keys: [{ ...userKeys.publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] }

/** A real, signed user token. */
export function userToken({ id = randomUUID() as string, role = 'customer' as Role, expiresIn = 900 } = {}): string {
  return jwt.sign({ role, sid: randomUUID(), ver: 1 }, userKeys.privateKey, {
    algorithm: userTokenAlgorithm,
    subject: id,
    issuer: userTokenIssuer,
    audience: userTokenAudience,
    expiresIn,
    header: { alg: userTokenAlgorithm, typ: userTokenType, kid },
  })
}

/** The Authorization header's value of a new or given user. */
export function asUser(id?: string, role: Role = 'customer'): string {
  return `Bearer ${userToken({ id, role })}`
}

/** What a service proves its name with, and checks others by. */
export function testProof(name: ServiceName): Proof {
  const publicKeys = new Map([...serviceKeys].map(([service, keys]) => [service, keys.publicKey]))
  return createProof({ name, privateKey: serviceKeys.get(name)!.privateKey, publicKeys })
}

/** The Authorization header's value of one service that calls another. */
export function asService(caller: ServiceName, audience: ServiceName): string {
  return `Bearer ${testProof(caller).sign(audience)}`
}

/** One pair for the whole run. */
function readUserKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  const pem = process.env.TEST_USER_KEY
  if (!pem) throw new Error('TEST_USER_KEY is not set: run the tests with npm test.')
  return { privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) }
}
