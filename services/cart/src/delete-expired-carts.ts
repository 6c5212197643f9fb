import { queryRows } from '@duka/kit'
import type { Deps } from './deps'

const batchSize = 1_000

/** Until a batch is the last one. What is being changed right now is left alone, and so are carts that another instance deletes. */
export async function deleteExpiredCarts({ database }: Pick<Deps, 'database'>): Promise<void> {
  for (;;) {
    const deleted = await queryRows(
      database,
      `DELETE FROM carts WHERE id IN (
         SELECT id FROM carts WHERE expires_at <= now() ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED)
       RETURNING id`,
    )
    if (deleted.length < batchSize) return
  }
}
