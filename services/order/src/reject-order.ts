import { enqueueBackstop, tryNow } from '@duka/kit'
import type { Deps } from './deps'
import { byOrder, moveOrder } from './move-order'
import type { OrderRow } from './order'
import { releaseStock } from './release-stock'

/**
 * Closes an order that never came to stand. It is kept, but nobody is shown it. Its attempt is given up by its id even
 * where product refused it: another call for the same order may ask for the stock at this moment and get it.
 */
export async function rejectOrder(deps: Deps, order: OrderRow, { releaseNow = true } = {}): Promise<void> {
  const rejected = await deps.database.transaction(async (transaction) => {
    const move = { to: 'rejected', actor: byOrder, reason: 'The stock could not be held.' } as const
    const moved = await moveOrder(deps, order.id, move, transaction)
    if (moved) await enqueueBackstop(deps.database, transaction, releaseStock.job(moved))
    return moved
  })
  if (!rejected || !releaseNow) return
  const { id, attempt } = rejected
  await tryNow(deps.database, releaseStock.key(rejected), deps.log, () => releaseStock(deps, id, attempt))
}
