import { newId, queryRow, queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import type { Cart } from './cart'
import { guestDays, userDays } from './expiry'
import { type LineRow, lineColumns, lineOrder, toLine } from './line-row'
import { makeCartToken, type Owner } from './owner'
import { saveCart } from './save-cart'

interface CartRow {
  id: string
  version: number
  expires_at: Date
  expired: boolean
}

type Key = Owner | { id: string }

function columnOf(key: Key): [column: string, value: string | null] {
  if ('userId' in key) return ['user_id', key.userId]
  return 'id' in key ? ['id', key.id] : ['guest_token_hash', key.tokenHash]
}

/** A cart with lines in it that has not expired. */
export async function findCart(database: Sequelize, owner: Owner): Promise<Cart | undefined> {
  const [column, value] = columnOf(owner)
  if (value === null) return undefined
  const rows = await queryRows<LineRow & { cart_id: string; version: number; expires_at: Date }>(
    database,
    `SELECT c.id AS cart_id, c.version, c.expires_at, ${lineColumns}
       FROM carts c JOIN cart_items i ON i.cart_id = c.id
      WHERE c.${column} = $1 AND c.expires_at > now() ${lineOrder}`,
    [value],
  )
  const [first] = rows
  if (!first) return undefined
  return { id: first.cart_id, version: first.version, expiresAt: first.expires_at, lines: rows.map(toLine) }
}

/**
 * A cart whose row stays locked until the transaction ends, so that changes made at once come one after the other.
 * The lines are read after the lock is had. What had expired is emptied.
 */
export async function lockCart(database: Sequelize, key: Key, transaction: Transaction): Promise<Cart | undefined> {
  const [column, value] = columnOf(key)
  if (value === null) return undefined
  const row = await queryRow<CartRow>(
    database,
    `SELECT id, version, expires_at, expires_at <= now() AS expired FROM carts WHERE ${column} = $1 FOR UPDATE`,
    [value],
    transaction,
  )
  if (!row) return undefined
  const sql = `SELECT ${lineColumns} FROM cart_items i WHERE i.cart_id = $1 ${lineOrder}`
  const lines = (await queryRows<LineRow>(database, sql, [row.id], transaction)).map(toLine)
  const cart = { id: row.id, version: row.version, expiresAt: row.expires_at, lines }
  return row.expired ? saveCart(database, cart, [], transaction) : cart
}

/** The same, making the cart where there is none. A guest then gets a new token, which is not kept in clear. */
export async function openCart(
  database: Sequelize,
  owner: Owner,
  transaction: Transaction,
): Promise<{ cart: Cart; newToken: string | null }> {
  const known = await lockCart(database, owner, transaction)
  if (known) return { cart: known, newToken: null }
  const guest = 'userId' in owner ? null : makeCartToken()
  await queryRows(
    database,
    `INSERT INTO carts (id, user_id, guest_token_hash, expires_at)
     VALUES ($1, $2, $3, now() + make_interval(days => $4)) ON CONFLICT DO NOTHING`,
    [newId(), 'userId' in owner ? owner.userId : null, guest?.tokenHash ?? null, guest ? guestDays : userDays],
    transaction,
  )
  const cart = await lockCart(database, guest ?? owner, transaction)
  if (!cart) throw new Error('A cart vanished while it was opened')
  return { cart, newToken: guest?.token ?? null }
}
