import { type Access, isInternal, roleHas, type ServiceName } from '@duka/contracts'
import type { Request } from 'express'
import { Problem, unauthorized } from './errors'
import type { Proof } from './proof'
import type { User, VerifyUser } from './user-tokens'

interface Verifiers {
  verifyUser: VerifyUser
  proof: Proof
}

export interface Identity {
  user: User | null
  caller: ServiceName | null
}

/** Who a request is from, as far as its endpoint asks. Throws a 401 or 403 Problem. */
export async function identify(verifiers: Verifiers, access: Access, request: Request): Promise<Identity> {
  const token = bearerToken(request)
  if (isInternal(access)) return { user: null, caller: identifyService(verifiers.proof, access.services, token) }
  if (access === 'anyone') return { user: null, caller: null }
  if (token === undefined && access === 'guest') return { user: null, caller: null }
  if (token === undefined) throw unauthorized('Sign in first: this needs an Authorization: Bearer token.')
  const permission = typeof access === 'object' ? access.permission : undefined
  return { user: await verifiers.verifyUser(token, permission), caller: null }
}

function identifyService(proof: Proof, allowed: readonly ServiceName[], token: string | undefined): ServiceName {
  if (!token) throw unauthorized('This endpoint is for the services of the shop.')
  const caller = proof.verify(token)
  if (allowed.includes(caller)) return caller
  throw new Problem(403, 'forbidden', 'This service may not call this endpoint.')
}

/** The token, undefined where no Authorization header came; another scheme or an empty token is a bad one. */
function bearerToken(request: Request): string | undefined {
  const header = request.get('authorization')
  if (header === undefined) return undefined
  const match = /^Bearer +([\w\-.~+/]+=*)$/i.exec(header)
  if (!match) throw unauthorized('The Authorization header must be: Bearer <token>.')
  return match[1]
}

export function requirePermission(access: Access, user: User | null): void {
  if (typeof access === 'string' || isInternal(access)) return
  if (user && roleHas(user.role, access.permission)) return
  throw new Problem(403, 'forbidden', 'Your account may not do this.')
}
