import { createHash, randomBytes } from 'node:crypto'
import type { User } from '@duka/kit'
import type { Request } from 'express'

/** Whose cart it is: a user's by id, or a guest's by the digest of a token; null for a guest who shows no token. */
export type Owner = { userId: string } | { tokenHash: string | null }

export const cartTokenHeader = 'X-Cart-Token'

/** A user's own cart whatever X-Cart-Token says: only a merge brings a guest's cart to a user. */
export function ownerOf(user: User | null, request: Request): Owner {
  return user ? { userId: user.id } : guestOf(request.get(cartTokenHeader) ?? '')
}

/** 256 bits, so that no cart is found by guessing. */
const tokenBytes = 32
const tokenPattern = /^[\w-]{43}$/

/** What cannot be a token is nobody's, without asking the database. */
export function guestOf(token: string): { tokenHash: string | null } {
  return { tokenHash: tokenPattern.test(token) ? hashToken(token) : null }
}

export function makeCartToken(): { token: string; tokenHash: string } {
  const token = randomBytes(tokenBytes).toString('base64url')
  return { token, tokenHash: hashToken(token) }
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
