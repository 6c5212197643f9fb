import type { Cart } from './cart'
import { findCart, type Key } from './db'
import type { Deps } from './deps'
import { expiryOf } from './expiry'
import type { Line } from './line'
import { applyChange, type Change, isUnchanged, saveCart } from './save-cart'
import { untilSaved } from './until-saved'

interface Options extends Pick<Change, 'orderId'> {
  /** The cart as it was just read. */
  seen?: Cart | undefined
  /** The lines only show what the catalogue says now. */
  isShownOnly?: boolean
}

/** Changes the lines of a cart that exists. Gives null where there is none. */
export function changeCart(
  { database }: Deps,
  key: Key,
  change: (lines: Line[]) => Line[],
  { seen, isShownOnly = false, orderId }: Options = {},
): Promise<Cart | null> {
  return untilSaved(database, key, async (transaction, isFirst) => {
    const cart = isFirst && seen ? seen : await findCart(database, key, transaction)
    if (!cart) return null
    const wanted: Change = {
      cart,
      lines: change(cart.lines),
      expiresAt: isShownOnly ? undefined : expiryOf(key),
      ...(orderId && { orderId }),
    }
    if (isUnchanged(wanted)) return cart
    return (await saveCart(database, wanted, transaction)) ? applyChange(wanted) : undefined
  })
}
