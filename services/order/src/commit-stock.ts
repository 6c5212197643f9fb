import { productContract } from '@duka/contracts'
import { RemoteRefused } from '@duka/kit'
import type { Deps } from './deps'
import { findOrder } from './find-order'
import type { OrderRow } from './order'

/** Turns what a paid order holds into sold. */
export async function commitStock(
  deps: Pick<Deps, 'database' | 'product'>,
  orderId: string,
  attempt: number,
): Promise<void> {
  try {
    await deps.product.call(productContract.commitStock, { body: { orderId, attempt } })
  } catch (error) {
    const isReleased = error instanceof RemoteRefused && error.code === 'reservation_released'
    if (!isReleased || (await isHolder(deps, orderId))) throw error
  }
}

/** False where a cancellation or a refund overtook the sale: then the stock was given back, and rightly so. */
async function isHolder(deps: Pick<Deps, 'database'>, orderId: string): Promise<boolean> {
  const order = await findOrder(deps, orderId)
  return order?.status !== 'cancelled' && order?.status !== 'refunded'
}

commitStock.key = ({ id }: OrderRow) => `commit-stock:${id}`

commitStock.job = (order: OrderRow) => ({
  task: 'commit-stock',
  payload: { orderId: order.id, attempt: order.attempt },
  key: commitStock.key(order),
})
