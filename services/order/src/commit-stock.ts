import { productContract } from '@duka/contracts'
import type { Deps } from './deps'

/** Turns what a paid order holds into sold. */
export async function commitStock(deps: Pick<Deps, 'product'>, orderId: string, attempt: number): Promise<void> {
  await deps.product.call(productContract.commitStock, { body: { orderId, attempt } })
}
