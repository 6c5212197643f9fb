import { type orderContract as contract, type InputOf, toMajor, toMinor } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows, timeCursor, type User } from '@duka/kit'
import type { Deps } from './deps'
import { asOwn, asStanding, findWholeOrder, requireStandingOrder, withItems } from './find-order'
import { type OrderRow, orderColumns, toAdminOrder, toOrder } from './order'

type Query = InputOf<typeof contract.listOrders>['query']

export async function readOrder(deps: Deps, user: User, id: string) {
  return { order: toOrder(asOwn(await findWholeOrder(deps, id), user.id)) }
}

/** Anybody's order, for the shop. */
export async function readAnyOrder(deps: Deps, id: string) {
  return { order: toAdminOrder(asStanding(await findWholeOrder(deps, id))) }
}

/** A user's orders, newest first. */
export async function listOrders(deps: Deps, user: User, query: Query) {
  const after = query.cursor ? decodeCursor(query.cursor, timeCursor) : null
  const own = `user_id = $1 AND status NOT IN ('placing', 'rejected') AND ($2::text IS NULL OR status = $2)`
  const filter = [user.id, query.status ?? null]
  const [rows, count] = await Promise.all([
    queryRows<OrderRow & { cursor_time: string }>(
      deps.reads,
      `SELECT ${orderColumns}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time FROM orders
       WHERE ${own} AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
       ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6`,
      [...filter, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1, after ? 0 : (query.page - 1) * query.limit],
    ),
    queryRow<{ total: number }>(deps.reads, `SELECT count(*)::int AS total FROM orders WHERE ${own}`, filter),
  ])
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [row.cursor_time, row.id])
  const totalOrders = count?.total ?? 0
  return {
    orders: (await withItems(deps.reads, page)).map(toOrder),
    currentPage: query.page,
    totalPages: Math.ceil(totalOrders / query.limit),
    totalOrders,
    nextCursor,
  }
}

export async function readPayableOrder(deps: Deps, id: string) {
  const order = await requireStandingOrder(deps, id)
  return {
    order: {
      id: order.id,
      orderNumber: order.order_number,
      userId: order.user_id,
      status: order.status as contract.PayableOrder['status'],
      paymentStatus: order.payment_status,
      totalAmount: toMajor(toMinor(order.total_amount)),
      currency: order.currency,
      traceparent: order.traceparent,
    },
  }
}
