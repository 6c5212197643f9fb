import type { Cart } from './cart'
import type { Key } from './cart-store'
import type { Deps } from './deps'
import { expiryOf } from './expiry'
import type { Line } from './line'
import { applyChange, type Change, isUnchanged } from './save-cart'
import { untilSaved } from './until-saved'

interface Options extends Pick<Change, 'orderId'> {
  /** The cart as it was just read. */
  seen?: Cart | undefined
  /** The lines only show what the catalogue says now. */
  isShownOnly?: boolean
}

/** Changes the lines of a cart that exists. Gives null where there is none. */
export function changeCart(
  { database, carts }: Deps,
  key: Key,
  change: (lines: Line[]) => Line[],
  { seen, isShownOnly = false, orderId }: Options = {},
): Promise<Cart | null> {
  return untilSaved({ database, carts }, key, async (transaction, isFirst) => {
    const cart = isFirst && seen ? seen : await carts.find(key, transaction)
    if (!cart) return null
    const wanted: Change = {
      cart,
      lines: change(cart.lines),
      expiresAt: isShownOnly ? undefined : expiryOf(key),
      ...(orderId && { orderId }),
    }
    if (isUnchanged(wanted)) return cart
    return (await carts.save(wanted, transaction)) ? applyChange(wanted) : undefined
  })
}
