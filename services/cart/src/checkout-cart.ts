import { toMajor } from '@duka/contracts'
import { findCart } from './db'
import type { Deps } from './deps'

/** The cart as it stands, at the prices that the customer was shown: whether they still hold is decided where stock is reserved. */
export async function checkoutCart({ database }: Deps, userId: string) {
  const cart = await findCart(database, { userId })
  return {
    cartId: cart?.id ?? null,
    version: cart?.version ?? 0,
    items: (cart?.lines ?? []).map(({ productId, quantity, price }) => ({
      productId,
      quantity,
      price: toMajor(price),
    })),
  }
}
