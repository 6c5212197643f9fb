import type { KeyObject } from 'node:crypto'
import type { ServiceName } from '@duka/contracts'
import jwt from 'jsonwebtoken'
import { decodeToken } from './decode-token'
import { unauthorized } from './errors'

const lifeSeconds = 60
const reuseSeconds = 30
const tokenType = 'svc+jwt'
/** A caller's token comes with every call of half a minute, so its signature is checked once. Few are good at a time. */
const maxVerified = 64

export interface ProofKeys {
  name: ServiceName
  privateKey: KeyObject
  publicKeys: ReadonlyMap<ServiceName, KeyObject>
}

/** How services prove to each other who calls: a short-lived token, signed by the caller for one audience. */
export interface Proof {
  /** The service whose name it proves. */
  name: ServiceName
  /** A token that proves this service's name to `audience`. */
  sign(audience: ServiceName): string
  /** The caller's name. Throws a 401 Problem where the token proves none, or is not meant for this service. */
  verify(token: string): ServiceName
}

export function createProof({ name, privateKey, publicKeys }: ProofKeys): Proof {
  const signed = new Map<ServiceName, { token: string; until: number }>()
  const verified = new Map<string, { caller: ServiceName; until: number }>()

  function check(token: string): ServiceName {
    const caller = claimedIssuer(token)
    const key = caller && publicKeys.get(caller)
    if (!key) throw unauthorized('This endpoint is for the services of the shop.')
    try {
      const options = { algorithms: ['ES256' as const], issuer: caller, audience: name, maxAge: lifeSeconds }
      const { exp, iat } = jwt.verify(token, key, options) as jwt.JwtPayload
      if (verified.size >= maxVerified) verified.clear()
      verified.set(token, { caller, until: Math.min(Number(exp), Number(iat) + lifeSeconds) * 1000 })
      return caller
    } catch {
      throw unauthorized('This proof of a service is not valid.')
    }
  }

  return {
    name,
    sign(audience) {
      const kept = signed.get(audience)
      if (kept && kept.until > Date.now()) return kept.token
      const token = jwt.sign({}, privateKey, {
        algorithm: 'ES256',
        issuer: name,
        audience,
        expiresIn: lifeSeconds,
        header: { alg: 'ES256', typ: tokenType },
      })
      signed.set(audience, { token, until: Date.now() + reuseSeconds * 1000 })
      return token
    },
    verify(token) {
      const known = verified.get(token)
      return known && known.until > Date.now() ? known.caller : check(token)
    },
  }
}

/** Only picks which key to check with; nothing is believed before that check. */
function claimedIssuer(token: string): ServiceName | undefined {
  const decoded = decodeToken(token)
  if (!decoded || typeof decoded.payload === 'string' || decoded.header.typ !== tokenType) return undefined
  return decoded.payload.iss as ServiceName | undefined
}
