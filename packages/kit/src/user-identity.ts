import { authContract, roleHas } from '@duka/contracts'
import { createClient } from './client'
import { unauthorized } from './errors'
import type { Log } from './log'
import type { Proof } from './proof'
import { createRevocations } from './revocations'
import { createJwksSource, createUserVerifier, type VerifyUser } from './user-tokens'

/** How a service other than auth knows its users. */
export interface UserIdentity {
  verifyUser: VerifyUser
  /** Starts to learn of revocations. */
  start(): void
  stop(): Promise<void>
  /** Learns of revocations now. */
  refresh(): Promise<void>
}

export interface UserIdentityOptions {
  /** Where auth is: one address, or several. */
  baseUrl: string | readonly string[]
  proof: Proof
  log: Log
}

/** An admin's call waits for it where auth was silent. */
const timeoutMs = 3_000

/**
 * Checks tokens with auth's published keys, and against what auth says was revoked, without a call per request. While
 * auth is silent, what needs a permission is refused after a minute; everything else goes on until the token ends.
 */
export function createUserIdentity({ baseUrl, proof, log }: UserIdentityOptions): UserIdentity {
  const auth = createClient({ target: 'auth', baseUrl, proof, timeoutMs })
  const readToken = createUserVerifier(createJwksSource(() => auth.call(authContract.readJwks, {})))
  const revocations = createRevocations({
    log,
    fetchPage: (since) => auth.call(authContract.listRevocations, { query: { since } }),
  })
  return {
    async verifyUser(token, permission) {
      const user = await readToken(token)
      if (permission !== undefined && roleHas(user.role, permission)) await revocations.requireFresh()
      if (revocations.isRevoked(user)) throw unauthorized('This session has ended. Please sign in again.')
      return user
    },
    start: () => revocations.start(),
    stop: async () => revocations.stop(),
    refresh: () => revocations.refresh(),
  }
}
