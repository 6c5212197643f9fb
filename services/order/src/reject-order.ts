import { enqueueBackstop, tryNow } from '@duka/kit'
import type { Deps } from './deps'
import { moveOrder } from './move-order'
import type { OrderRow } from './order'
import { releaseStock } from './release-stock'

/** Closes an order that never came to stand. It is kept, but nobody is shown it. */
export async function rejectOrder(deps: Deps, order: OrderRow, { release }: { release: boolean }): Promise<void> {
  const rejected = await deps.database.transaction(async (transaction) => {
    const move = { to: 'rejected', actor: 'order', reason: 'The stock could not be held.' } as const
    const moved = await moveOrder(deps, order.id, move, transaction)
    if (moved && release) await enqueueBackstop(deps.database, transaction, releaseStock.job(order))
    return moved
  })
  if (!rejected || !release) return
  await tryNow(deps.database, releaseStock.key(order), deps.log, () => releaseStock(deps, order.id, order.attempt))
}
