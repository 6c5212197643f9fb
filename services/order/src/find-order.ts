import { queryRow, queryRows, type Source } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { noSuchOrder, type OrderItemRow, type OrderRow, type OrderWithItems, orderColumns } from './order'

type Database = Pick<Deps, 'database'>

/** Any order, the hidden ones included. */
export async function findOrder({ database }: Database, id: string): Promise<OrderRow | undefined> {
  return queryRow<OrderRow>(database, `SELECT ${orderColumns} FROM orders WHERE id = $1`, [id])
}

/** The same with its items. */
export async function findWholeOrder({ database }: Database, id: string): Promise<OrderWithItems | undefined> {
  return queryRow<OrderWithItems>(
    database,
    `SELECT ${orderColumns}, (
       SELECT coalesce(json_agg(json_build_object(
           'id', i.id, 'order_id', i.order_id, 'product_id', i.product_id, 'product_name', i.product_name,
           'price', i.price::text, 'quantity', i.quantity, 'subtotal', i.subtotal::text, 'image_url', i.image_url
         ) ORDER BY i.id), '[]')
       FROM order_items i WHERE i.order_id = orders.id) AS items
     FROM orders WHERE id = $1`,
    [id],
  )
}

/** The order, which nobody else can change before the transaction ends. Throws a 404 Problem where there is none. */
export async function lockOrder({ database }: Database, id: string, transaction: Transaction): Promise<OrderRow> {
  const sql = `SELECT ${orderColumns} FROM orders WHERE id = $1 FOR UPDATE`
  const order = await queryRow<OrderRow>(database, sql, [id], transaction)
  if (!order) throw noSuchOrder()
  return order
}

/** A customer's own order. Throws the same 404 Problem for a missing, a hidden and somebody else's one. */
export async function requireOwnOrder(deps: Database, userId: string, id: string): Promise<OrderRow> {
  return asOwn(await findOrder(deps, id), userId)
}

/** An order that stands, whoever's it is. Throws a 404 Problem for a missing and a hidden one. */
export async function requireStandingOrder(deps: Database, id: string): Promise<OrderRow> {
  return asStanding(await findOrder(deps, id))
}

export function asOwn<T extends OrderRow>(order: T | undefined, userId: string): T {
  if (order?.user_id !== userId) throw noSuchOrder()
  return asStanding(order)
}

export function asStanding<T extends OrderRow>(order: T | undefined): T {
  if (!order || order.status === 'placing' || order.status === 'rejected') throw noSuchOrder()
  return order
}

/** Adds the items of all given orders with one query. */
export async function withItems(
  source: Source,
  orders: OrderRow[],
  transaction: Transaction | null = null,
): Promise<OrderWithItems[]> {
  const ids = orders.map(({ id }) => id)
  const items = await queryRows<OrderItemRow>(
    source,
    `SELECT id, order_id, product_id, product_name, price, quantity, subtotal, image_url
     FROM order_items WHERE order_id = ANY ($1) ORDER BY id`,
    [ids],
    transaction,
  )
  return orders.map((order) => ({ ...order, items: items.filter((item) => item.order_id === order.id) }))
}

/** The order with its items, as it is now. Throws a 404 Problem where there is none. */
export async function reloadOrder(deps: Database, id: string): Promise<OrderWithItems> {
  const order = await findWholeOrder(deps, id)
  if (!order) throw noSuchOrder()
  return order
}
