import { queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'

interface Movement {
  /** A kind that changes what the shop owns. */
  kind: string
  delta: number
  reason: string
  actor: string
}

/** Writes into the ledger what the same transaction does to a product's stock. */
export async function recordMovement(
  { database }: Pick<Deps, 'database'>,
  productId: string,
  { kind, delta, reason, actor }: Movement,
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    'INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor) VALUES ($1, $2, $3, $4, $5)',
    [productId, kind, delta, reason, actor],
    transaction,
  )
}
