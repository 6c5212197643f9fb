import { createPublicKey, type KeyObject } from 'node:crypto'
import { type Permission, type Role, roles } from '@duka/contracts'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { decodeToken } from './decode-token'
import { unauthorized } from './errors'

export const userTokenIssuer = 'duka-auth'
export const userTokenAudience = 'duka'
export const userTokenType = 'at+jwt'
export const userTokenAlgorithm = 'RS256'
export const userTokenSeconds = 900

/** Who a request is from, as a token that auth signed says. */
export interface User {
  id: string
  role: Role
  sessionId: string
  /** Counts the changes of the user that end the tokens made before them. */
  version: number
}

/** Finds a public key by `kid` among keys that are trusted already; a token never says where to get one. */
export type KeySource = (kid: string) => Promise<KeyObject | undefined>

const claims = z.object({ sub: z.uuid(), role: z.enum(roles), sid: z.uuid(), ver: z.number().int(), exp: z.number() })

/** Whose token it is. With a permission that is needed, the answer must not be an old one for those who have it. */
export type VerifyUser = (token: string, permission?: Permission) => Promise<User>

/** A signature that was good. */
interface Verified {
  user: User
  kid: string
  key: KeyObject
  untilMs: number
}

/** Some two megabytes. A customer sends the same token again and again, and a signature costs more than most requests. */
const maxVerified = 2_000

/** Checks signature, algorithm, issuer, audience, expiry and type. Throws a 401 Problem on anything else. */
export function createUserVerifier(keys: KeySource): VerifyUser {
  const verified = new Map<string, Verified>()

  async function check(token: string): Promise<User> {
    const header = decodeToken(token)?.header
    if (!header?.kid || header.alg !== userTokenAlgorithm || header.typ !== userTokenType) throw badToken()
    const key = await keys(header.kid)
    if (!key) throw badToken()
    const { exp, ...user } = readClaims(token, key)
    const [oldest] = verified.keys()
    if (verified.size >= maxVerified && oldest !== undefined) verified.delete(oldest)
    verified.set(token, { user, kid: header.kid, key, untilMs: exp * 1000 })
    return user
  }

  return async (token) => {
    const known = verified.get(token)
    // A key that was withdrawn or replaced says nothing any more.
    if (known && known.untilMs > Date.now() && (await keys(known.kid)) === known.key) return known.user
    verified.delete(token)
    return check(token)
  }
}

function readClaims(token: string, key: KeyObject): User & { exp: number } {
  try {
    const payload = claims.parse(
      jwt.verify(token, key, {
        algorithms: [userTokenAlgorithm],
        issuer: userTokenIssuer,
        audience: userTokenAudience,
      }),
    )
    return { id: payload.sub, role: payload.role, sessionId: payload.sid, version: payload.ver, exp: payload.exp }
  } catch {
    throw badToken()
  }
}

function badToken() {
  return unauthorized('The token is not valid or has expired. Sign in again or refresh it.')
}

const freshMs = 5 * 60_000
const unknownKidPauseMs = 5_000

/**
 * The signing keys that auth publishes (`/.well-known/jwks.json`), fetched when needed and kept. A kid that is not
 * among them makes it look again, at most every five seconds, so that rotation needs no restart and made-up kids
 * cause no flood, whether auth answers or not. While auth is silent, the keys that are known stay good.
 */
export function createJwksSource(fetchJwks: () => Promise<{ keys: { kid: string }[] }>): KeySource {
  let keys = new Map<string, KeyObject>()
  let fetchedAt = 0
  let triedAt = 0
  let pending: Promise<void> | undefined

  async function load(): Promise<void> {
    const { keys: found } = await fetchJwks()
    keys = new Map(found.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]))
    fetchedAt = Date.now()
  }

  function refresh(): Promise<void> {
    if (!pending) triedAt = Date.now()
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }

  return async (kid) => {
    const mayTry = pending !== undefined || Date.now() - triedAt > unknownKidPauseMs
    if (keys.has(kid)) {
      if (mayTry && Date.now() - fetchedAt > freshMs) refresh().catch(() => undefined)
    } else if (mayTry || fetchedAt === 0) {
      await refresh()
    }
    return keys.get(kid)
  }
}
