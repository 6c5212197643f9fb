import { queryRow, queryRows, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { withItems } from './find-order'
import { type OrderRow, type OrderWithItems, orderColumns } from './order'

/** A cart as it was handed over, and what was known then of the other orders of it. */
export interface HandedCart {
  id: string
  version: number
  /** Orders that have nothing in the cart, or not any more; null where an older cart service does not tell. */
  gone: string[] | null
  /** Orders that have lines in the cart, which are not quoted. */
  counted: string[]
}

/** Of the row `c` those that may still have something in the cart. */
const left = (gone: string) =>
  `ARRAY(SELECT id FROM unnest(c.order_ids) AS id WHERE id <> ALL (coalesce(${gone}::uuid[], '{}')))`

/**
 * A part of the statement that inserts an order of a cart: it gives a row only where every order that may still have
 * something in the cart was counted. Two such statements take turns, and each judges what the one before it left. An
 * order that is not inserted after all stays in the list, and is found to be none when somebody looks.
 */
export function gatePart(first: number, user: User, orderId: string, { gone, counted }: HandedCart) {
  const [goneOnes, countedOnes] = [`$${first + 2}`, `$${first + 3}`]
  const sql = `gate AS (
       INSERT INTO orders_in_cart AS c (user_id, order_ids) VALUES ($${first}, $${first + 1})
       ON CONFLICT (user_id) DO UPDATE SET order_ids = ${left(goneOnes)} || excluded.order_ids
       WHERE ${goneOnes}::uuid[] IS NULL OR ${left(goneOnes)} <@ ${countedOnes}::uuid[]
       RETURNING user_id)`
  return { sql, values: [user.id, [orderId], gone, counted] }
}

/** Whether there are orders that may still have something in the cart, and were not counted. */
export async function hasUncounted(
  { database }: Pick<Deps, 'database'>,
  user: User,
  { gone, counted }: HandedCart,
  transaction: Transaction | null,
): Promise<boolean> {
  const sql = `SELECT 1 FROM orders_in_cart c
    WHERE user_id = $1 AND $2::uuid[] IS NOT NULL AND NOT ${left('$2')} <@ $3::uuid[]`
  return (await queryRow(database, sql, [user.id, gone, counted], transaction)) !== undefined
}

/** All that may still have something in the user's cart, newest first; `ids` has those too that never came to be. */
export async function readOrdersInCart(
  { database }: Pick<Deps, 'database'>,
  user: User,
): Promise<{ ids: string[]; orders: OrderWithItems[] }> {
  const listed = 'SELECT order_ids FROM orders_in_cart WHERE user_id = $1'
  const ids = (await queryRow<{ order_ids: string[] }>(database, listed, [user.id]))?.order_ids ?? []
  const sql = `SELECT ${orderColumns} FROM orders WHERE id = ANY ($1) ORDER BY created_at DESC, id DESC`
  return { ids, orders: await withItems(database, await queryRows<OrderRow>(database, sql, [ids])) }
}
