import { productContract as contract } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import { type MovementRow, toMovement } from './list-stock-movements'

/** Every change of stock for an order, oldest first. */
export async function listOrderMovements({ database }: Pick<Deps, 'database'>, orderId: string) {
  const rows = await queryRows<MovementRow & { attempt: number | null }>(
    database,
    `SELECT id, product_id, kind, available_delta, held_delta, sold_delta, reason, actor, order_id, attempt, created_at
     FROM stock_movements WHERE order_id = $1 ORDER BY created_at, id LIMIT ${contract.maxOrderMovements}`,
    [orderId],
  )
  return { movements: rows.map((row) => ({ ...toMovement(row), attempt: row.attempt })) }
}
