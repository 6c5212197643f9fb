import { type orderContract as contract, type InputOf, uuid } from '@duka/contracts'
import { cutPage, decodeCursor, searchRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'
import { withItems } from './find-order'
import { type OrderRow, orderColumns, toAdminOrder } from './order'

type Query = InputOf<typeof contract.listAllOrders>['query']

/** An SQL condition and the values that stand for each `?` in it. Only what is asked for is one, so that it can use its own index. */
type Condition = readonly [sql: string, ...values: string[]]

function conditionsOf({ status, paymentStatus, search, from, to }: Query): Condition[] {
  const conditions: Condition[] = [["status NOT IN ('placing', 'rejected')"]]
  if (status) conditions.push(['status = ?', status])
  if (paymentStatus) conditions.push(['payment_status = ?', paymentStatus])
  if (from) conditions.push(['created_at >= ?::timestamptz', from])
  if (to) conditions.push(['created_at < ?::timestamptz', to])
  if (search) conditions.push(searchFor(search))
  return conditions
}

/** An id is an order's, a user's or a payment's. Other text is what people read out: an order's number, or a parcel's. */
function searchFor(search: string): Condition {
  const { success, data: id } = uuid.safeParse(search)
  if (success) return ['(id = ?::uuid OR user_id = ?::uuid OR payment_id = ?::uuid)', id, id, id]
  const [first, rest] = numberParts(search)
  if (!first) return ['tracking_number = ?', search]
  return ['(order_number LIKE ? OR tracking_number = ?)', `DK-${first}${rest && `-${rest}`}%`, search]
}

/** The two groups of an order number, or of its beginning, however it was typed. */
function numberParts(search: string): [first: string, rest: string] {
  const typed = search
    .toUpperCase()
    .replace(/^DK[\s-]+/, '')
    .replace(/[^A-Z\d]/g, '')
  return [typed.slice(0, 4), typed.slice(4)]
}

function toSql(conditions: readonly Condition[]): { where: string; bind: string[] } {
  let at = 0
  const where = conditions.map(([sql]) => sql).join(' AND ')
  return { where: where.replace(/\?/g, () => `$${++at}`), bind: conditions.flatMap(([, ...values]) => values) }
}

/** Everybody's orders, newest first. */
export async function listAllOrders(deps: Deps, query: Query) {
  const conditions = conditionsOf(query)
  const [rows, total] = await Promise.all([readPage(deps, conditions, query), countOrders(deps, conditions)])
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [row.cursor_time, row.id])
  return {
    orders: (await withItems(deps.reads, page)).map(toAdminOrder),
    currentPage: query.page,
    totalPages: Math.ceil(total / query.limit),
    totalOrders: total,
    nextCursor,
  }
}

function readPage({ reads }: Deps, conditions: readonly Condition[], { cursor, page, limit }: Query) {
  const after: Condition[] = cursor
    ? [['(created_at, id) < (?::timestamptz, ?::uuid)', ...decodeCursor(cursor, timeCursor)]]
    : []
  const { where, bind } = toSql([...conditions, ...after])
  const offset = cursor ? 0 : (page - 1) * limit
  return searchRows<OrderRow & { cursor_time: string }>(
    reads,
    `SELECT ${orderColumns}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time FROM orders
     WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ${limit + 1} OFFSET ${offset}`,
    bind,
  )
}

async function countOrders({ reads }: Deps, conditions: readonly Condition[]): Promise<number> {
  const { where, bind } = toSql(conditions)
  const [row] = await searchRows<{ total: number }>(
    reads,
    `SELECT count(*)::int AS total FROM orders WHERE ${where}`,
    bind,
  )
  return row?.total ?? 0
}
