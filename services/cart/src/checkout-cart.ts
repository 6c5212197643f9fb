import { toMajor, toMinor } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Deps } from './deps'

interface HandedRow {
  cart_id: string
  version: number
  product_id: string
  quantity: number
  price: string
}

/**
 * The cart as it stands, at the prices that the customer was shown: whether they still hold is decided where stock is
 * reserved. Where they do not, the customer looks at the cart again, and has to see what order saw.
 */
export async function checkoutCart({ database, offers }: Deps, userId: string) {
  const sql = 'SELECT cart_id, version, product_id, quantity, price FROM hand_over_cart($1::uuid, $2)'
  const rows = await queryRows<HandedRow>(database, sql, [userId, new Date(offers.now())])
  return {
    cartId: rows[0]?.cart_id ?? null,
    version: rows[0]?.version ?? 0,
    items: rows.map(({ product_id, quantity, price }) => ({
      productId: product_id,
      quantity,
      price: toMajor(toMinor(price)),
    })),
  }
}
