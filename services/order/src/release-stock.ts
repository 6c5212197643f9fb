import { productContract } from '@duka/contracts'
import type { Deps } from './deps'
import type { OrderRow } from './order'

/** Gives back whatever an attempt holds; a reserve that is still under way is refused when it arrives. */
export async function releaseStock(deps: Pick<Deps, 'product'>, orderId: string, attempt: number): Promise<void> {
  const body = { orderId, attempt, reason: 'The order does not stand.' }
  await deps.product.call(productContract.releaseStock, { body })
}

releaseStock.key = ({ id, attempt }: OrderRow) => `release-stock:${id}:${attempt}`

releaseStock.job = (order: OrderRow) => ({
  task: 'release-stock',
  payload: { orderId: order.id, attempt: order.attempt },
  key: releaseStock.key(order),
})
