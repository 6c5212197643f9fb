import { type cartContract, type InputOf, toMajor, toMinor } from '@duka/contracts'
import { queryRow } from '@duka/kit'
import type { Deps } from './deps'

interface HandedRow {
  cart_id: string | null
  version: number | null
  lines: { productId: string; quantity: number; price: string }[] | null
  taken: string[]
}

type Question = InputOf<typeof cartContract.checkoutCart>['body']

/**
 * The cart as it stands, at the prices that the customer was shown: whether they still hold is decided where stock is
 * reserved. Where they do not, the customer looks at the cart again, and has to see what order saw.
 */
export async function checkoutCart({ database, offers }: Deps, { userId, orders = [] }: Question) {
  const sql = 'SELECT cart_id, version, lines, taken FROM hand_over_cart($1::uuid, $2, $3::uuid[])'
  const row = (await queryRow<HandedRow>(database, sql, [userId, new Date(offers.now()), orders]))!
  const items = (row.lines ?? []).map((line) => ({ ...line, price: toMajor(toMinor(line.price)) }))
  const [cartId, version] = items.length > 0 ? [row.cart_id, row.version ?? 0] : [null, 0]
  return { cartId, version, items, takenOrders: row.taken }
}
