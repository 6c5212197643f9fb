import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { noSuchOrder, type OrderItemRow, type OrderRow, type OrderWithItems } from './order'

type Database = Pick<Deps, 'database'>

/** Any order, the hidden ones included. */
export async function findOrder({ database }: Database, id: string, transaction: Transaction | null = null) {
  return queryRow<OrderRow>(database, 'SELECT * FROM orders WHERE id = $1', [id], transaction)
}

/** The order, which nobody else can change before the transaction ends. Throws a 404 Problem where there is none. */
export async function lockOrder({ database }: Database, id: string, transaction: Transaction): Promise<OrderRow> {
  const order = await queryRow<OrderRow>(database, 'SELECT * FROM orders WHERE id = $1 FOR UPDATE', [id], transaction)
  if (!order) throw noSuchOrder()
  return order
}

/** A customer's own order. Throws the same 404 Problem for a missing, a hidden and somebody else's one. */
export async function requireOwnOrder(deps: Database, userId: string, id: string): Promise<OrderRow> {
  const order = await requireStandingOrder(deps, id)
  if (order.user_id !== userId) throw noSuchOrder()
  return order
}

/** An order that stands, whoever's it is. Throws a 404 Problem for a missing and a hidden one. */
export async function requireStandingOrder(deps: Database, id: string): Promise<OrderRow> {
  const order = await findOrder(deps, id)
  if (!order || isHidden(order)) throw noSuchOrder()
  return order
}

export function isHidden({ status }: OrderRow): boolean {
  return status === 'placing' || status === 'rejected'
}

/** Adds the items of all given orders with one query. */
export async function withItems({ database }: Database, orders: OrderRow[]): Promise<OrderWithItems[]> {
  const ids = orders.map(({ id }) => id)
  const items = await queryRows<OrderItemRow>(
    database,
    'SELECT * FROM order_items WHERE order_id = ANY ($1) ORDER BY id',
    [ids],
  )
  return orders.map((order) => ({ ...order, items: items.filter((item) => item.order_id === order.id) }))
}

/** The order with its items, as it is now. */
export async function reloadOrder(deps: Database, id: string): Promise<OrderWithItems> {
  const order = await findOrder(deps, id)
  if (!order) throw noSuchOrder()
  const [whole] = await withItems(deps, [order])
  return whole!
}
