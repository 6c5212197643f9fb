import { productContract } from '@duka/contracts'
import type { Deps } from './deps'
import type { OrderRow } from './order'

/** Turns what a paid order holds into sold. */
export async function commitStock(deps: Pick<Deps, 'product'>, orderId: string, attempt: number): Promise<void> {
  await deps.product.call(productContract.commitStock, { body: { orderId, attempt } })
}

commitStock.key = ({ id }: OrderRow) => `commit-stock:${id}`

commitStock.job = (order: OrderRow) => ({
  task: 'commit-stock',
  payload: { orderId: order.id, attempt: order.attempt },
  key: commitStock.key(order),
})
