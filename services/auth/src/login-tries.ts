import { isKnownNetwork } from './audit'
import type { Deps } from './deps'
import { networkOf, type Origin } from './origin'
import { type Counter, forgetTries, type Policy, type Try, takeTry } from './throttle'
import type { UserRow } from './user'

/** One account from one network: after ten mistakes 1, 2, 4 … seconds, at most a quarter of an hour. */
const accountFromNetwork: Policy = { name: 'login-pair', free: 10, drainSeconds: 600, maxWaitSeconds: 900 }

/** One account from anywhere, for guesses that are spread over many addresses. */
const account: Policy = { name: 'login-account', free: 20, drainSeconds: 120, maxWaitSeconds: 300 }

/** One network at any account, for lists of stolen passwords. A carrier has thousands behind one address. */
const network: Policy = { name: 'login-network', free: 100, drainSeconds: 6, maxWaitSeconds: 60 }

/**
 * Counts a try to sign in. What others do elsewhere to an account, or to others from here, never slows down somebody
 * who signed in from this network before: so nobody can lock them out.
 */
export async function takeLoginTry(deps: Deps, email: string, row: UserRow | undefined, origin: Origin): Promise<Try> {
  const pair = pairOf(email, origin)
  const known = await isKnownNetwork(deps.database, row?.id, origin)
  const taken = await takeTry(
    deps,
    known
      ? [pair]
      : [pair, { policy: account, subject: email }, { policy: network, subject: networkOf(origin.address) }],
  )
  return {
    ...taken,
    async giveBack() {
      await taken.giveBack()
      await forgetTries(deps.database, [pair])
    },
  }
}

/** Whoever proved by mail that an account is theirs is let in at once, whatever others did to it. */
export function forgetLoginTries({ database }: Deps, email: string, origin: Origin): Promise<void> {
  return forgetTries(database, [pairOf(email, origin), { policy: account, subject: email }])
}

function pairOf(email: string, { address }: Origin): Counter {
  return { policy: accountFromNetwork, subject: `${email}\n${networkOf(address)}` }
}
