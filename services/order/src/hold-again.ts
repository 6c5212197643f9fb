import { productContract } from '@duka/contracts'
import { RemoteRefused } from '@duka/kit'
import type { Deps } from './deps'
import { withItems } from './find-order'
import type { OrderRow } from './order'
import { releaseStock } from './release-stock'

/** Holds the stock of a cancelled order again, by its next attempt. False where it is not there any more. */
export async function holdAgain(deps: Pick<Deps, 'database' | 'product'>, order: OrderRow): Promise<boolean> {
  // Its cancellation may have left this to a job, and an order holds stock by one attempt at a time.
  await releaseStock(deps, order.id, order.attempt)
  const [whole] = await withItems(deps.database, [order])
  // At whatever price the catalogue has today: the customer paid the price of the order.
  const items = whole!.items.map((item) => ({ productId: item.product_id, quantity: item.quantity, price: null }))
  try {
    const body = { orderId: order.id, attempt: order.attempt + 1, items }
    await deps.product.call(productContract.reserveStock, { body })
    return true
  } catch (error) {
    if (error instanceof RemoteRefused) return false
    throw error
  }
}
