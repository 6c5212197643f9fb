import { Problem } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Key } from './cart-store'
import type { Deps } from './deps'

/** Most often nobody else changes a cart meanwhile. Where many do, the later tries take turns. */
const hopefulTries = 3
const maxTries = 8

/**
 * Tries until what was read is also what was changed: `attempt` reads and saves a cart, and gives undefined where
 * somebody else was quicker. The first tries hold no lock between the two.
 */
export async function untilSaved<T>(
  { database, carts }: Pick<Deps, 'database' | 'carts'>,
  key: Key,
  attempt: (transaction: Transaction | null, isFirst: boolean) => Promise<T | undefined>,
): Promise<T> {
  for (let tries = 0; tries < maxTries; tries++) {
    const done =
      tries < hopefulTries
        ? await attempt(null, tries === 0)
        : await database.transaction(async (transaction) => {
            await carts.lock(key, transaction)
            return attempt(transaction, false)
          })
    if (done !== undefined) return done
  }
  throw new Problem(503, 'cart_busy', 'The cart changes all the time. Try again.', { headers: { 'Retry-After': '1' } })
}
