import type { AnswerOf, productContract as contract, InputOf } from '@duka/contracts'
import { cutPage, decodeCursor, queryRow, queryRows, timeCursor } from '@duka/kit'
import type { Deps } from './deps'

type Query = InputOf<typeof contract.listStockMovements>['query']
type Movement = AnswerOf<typeof contract.listStockMovements>['movements'][number]

export interface MovementRow {
  id: string
  product_id: string
  kind: Movement['kind']
  available_delta: number
  held_delta: number
  sold_delta: number
  reason: string | null
  actor: string
  order_id: string | null
  created_at: Date
}

export async function listStockMovements({ reads }: Deps, productId: string, query: Query) {
  const count = await queryRow<{ total: number }>(
    reads,
    'SELECT count(*)::int AS total FROM stock_movements WHERE product_id = $1',
    [productId],
  )
  const after = query.cursor ? decodeCursor(query.cursor, timeCursor) : null
  const rows = await queryRows<MovementRow & { cursor_time: string }>(
    reads,
    `SELECT id, product_id, kind, available_delta, held_delta, sold_delta, reason, actor, order_id, created_at,
       to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_time
     FROM stock_movements
     WHERE product_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5`,
    [productId, after?.[0] ?? null, after?.[1] ?? null, query.limit + 1, after ? 0 : (query.page - 1) * query.limit],
  )
  const { page, nextCursor } = cutPage(rows, query.limit, (row) => [row.cursor_time, row.id])
  const totalMovements = count?.total ?? 0
  return {
    movements: page.map(toMovement),
    currentPage: query.page,
    totalPages: Math.ceil(totalMovements / query.limit),
    totalMovements,
    nextCursor,
  }
}

export function toMovement(row: MovementRow): Movement {
  return {
    id: row.id,
    productId: row.product_id,
    kind: row.kind,
    availableDelta: row.available_delta,
    heldDelta: row.held_delta,
    soldDelta: row.sold_delta,
    reason: row.reason,
    actor: row.actor,
    orderId: row.order_id,
    createdAt: row.created_at.toISOString(),
  }
}
