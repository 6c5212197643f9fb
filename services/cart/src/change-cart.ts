import type { Cart } from './cart'
import { lockCart } from './db'
import type { Deps } from './deps'
import type { Line } from './line'
import type { Owner } from './owner'
import { saveCart } from './save-cart'

/** Changes the lines of a cart that exists, as they are once its lock is had. Gives undefined where there is none. */
export function changeCart(
  { database }: Deps,
  owner: Owner,
  change: (lines: Line[]) => Line[],
): Promise<Cart | undefined> {
  return database.transaction(async (transaction) => {
    const cart = await lockCart(database, owner, transaction)
    return cart && saveCart(database, cart, change(cart.lines), transaction)
  })
}
