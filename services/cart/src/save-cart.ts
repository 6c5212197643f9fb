import { isDeepStrictEqual } from 'node:util'
import { queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import type { Cart } from './cart'
import { guestDays, userDays } from './expiry'
import type { Line } from './line'
import { toLineRow } from './line-row'

const addUp = `(total_amount, item_count) =
  (SELECT coalesce(sum(subtotal), 0), coalesce(sum(quantity), 0) FROM cart_items WHERE cart_id = $1)`

const saveChange = `UPDATE carts SET ${addUp}, version = version + 1, updated_at = now(),
  expires_at = now() + make_interval(days => CASE WHEN user_id IS NULL THEN ${guestDays} ELSE ${userDays} END)
  WHERE id = $1 RETURNING version, expires_at`

const saveShown = `UPDATE carts SET ${addUp} WHERE id = $1 RETURNING version, expires_at`

interface SavedRow {
  version: number
  expires_at: Date
}

/**
 * Stores the lines that a locked cart is to have. `saveShown` is for lines that only show what the catalogue says now:
 * the cart stays the version it was, so that an order for that version stays the same order.
 */
export async function saveCart(
  database: Sequelize,
  cart: Cart,
  lines: Line[],
  transaction: Transaction,
  save: 'saveChange' | 'saveShown' = 'saveChange',
): Promise<Cart> {
  if (isDeepStrictEqual(cart.lines, lines)) return cart
  await deleteLines(database, cart, lines, transaction)
  await writeLines(database, cart, lines, transaction)
  const sql = save === 'saveChange' ? saveChange : saveShown
  const row = await queryRow<SavedRow>(database, sql, [cart.id], transaction)
  if (!row) throw new Error(`Cart ${cart.id} was saved without being locked`)
  return { ...cart, version: row.version, expiresAt: row.expires_at, lines }
}

async function deleteLines(database: Sequelize, cart: Cart, lines: Line[], transaction: Transaction): Promise<void> {
  const gone = cart.lines.filter(({ id }) => !lines.some((line) => line.id === id)).map(({ id }) => id)
  if (gone.length > 0) {
    await queryRows(database, 'DELETE FROM cart_items WHERE id = ANY($1::uuid[])', [gone], transaction)
  }
}

async function writeLines(database: Sequelize, cart: Cart, lines: Line[], transaction: Transaction): Promise<void> {
  const before = new Map(cart.lines.map((line) => [line.id, line]))
  const changed = lines.filter((line) => !isDeepStrictEqual(line, before.get(line.id)))
  if (changed.length === 0) return
  await queryRows(
    database,
    `INSERT INTO cart_items (id, cart_id, product_id, product_name, price, price_changed_from, quantity, image_url)
     SELECT id, $1, product_id, product_name, price, price_changed_from, quantity, image_url
       FROM jsonb_to_recordset($2::jsonb) AS line (id uuid, product_id uuid, product_name text, price decimal,
         price_changed_from decimal, quantity integer, image_url text)
     ON CONFLICT (id) DO UPDATE SET product_name = excluded.product_name, price = excluded.price,
       price_changed_from = excluded.price_changed_from, quantity = excluded.quantity,
       image_url = excluded.image_url, updated_at = now()`,
    [cart.id, JSON.stringify(changed.map(toLineRow))],
    transaction,
  )
}
