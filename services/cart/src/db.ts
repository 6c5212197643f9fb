import { queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import type { Cart } from './cart'
import { type LineRow, toLine } from './line-row'
import type { Owner } from './owner'

export type Key = Owner | { id: string }

type CartRow = Omit<LineRow, 'id'> & {
  id: string | null
  cart_id: string
  version: number
  revision: number
  expires_at: Date
  expired: boolean
  handed_over_at: Date | null
}

function columnOf(key: Key): [column: string, value: string | null] {
  if ('userId' in key) return ['user_id', key.userId]
  return 'id' in key ? ['id', key.id] : ['guest_token_hash', key.tokenHash]
}

/** A cart, also one without lines. What had expired counts as taken out already. */
export async function findCart(
  database: Sequelize,
  key: Key,
  transaction: Transaction | null = null,
): Promise<Cart | undefined> {
  const [column, value] = columnOf(key)
  if (value === null) return undefined
  const rows = await queryRows<CartRow>(
    database,
    `SELECT c.id AS cart_id, c.version, c.revision, c.expires_at, c.expires_at <= now() AS expired, c.handed_over_at,
       i.id, i.product_id, i.product_name, i.price, i.price_changed_from, i.quantity, i.image_url
     FROM carts c LEFT JOIN cart_items i ON i.cart_id = c.id
     WHERE c.${column} = $1 ORDER BY i.created_at, i.id`,
    [value],
    transaction,
  )
  return rows[0] && toOneCart(rows[0], rows)
}

function toOneCart(first: CartRow, rows: CartRow[]): Cart {
  const stored = rows.flatMap((row) => (row.id === null ? [] : [toLine({ ...row, id: row.id })]))
  return {
    id: first.cart_id,
    version: first.version,
    revision: first.revision,
    expiresAt: first.expires_at,
    handedOverAt: first.handed_over_at,
    lines: first.expired ? [] : stored,
    stored,
  }
}

/** Until the transaction ends nobody else changes the cart, if there is one. */
export async function lockCart(database: Sequelize, key: Key, transaction: Transaction): Promise<void> {
  const [column, value] = columnOf(key)
  await queryRow(database, `SELECT 1 FROM carts WHERE ${column} = $1 FOR NO KEY UPDATE`, [value], transaction)
}
