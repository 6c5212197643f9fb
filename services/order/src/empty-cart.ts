import { cartContract } from '@duka/contracts'
import type { Deps } from './deps'
import { findOrder, withItems } from './find-order'

/** Takes exactly what was ordered out of the cart it came from. Cart does it once per order. */
export async function emptyCart(deps: Pick<Deps, 'database' | 'cart'>, orderId: string): Promise<void> {
  const order = await findOrder(deps, orderId)
  if (!order?.cart_id) return
  const [whole] = await withItems(deps, [order])
  const items = whole!.items.map((item) => ({ productId: item.product_id, quantity: item.quantity }))
  await deps.cart.call(cartContract.removeOrderedItems, { body: { orderId, cartId: order.cart_id, items } })
}

emptyCart.key = (orderId: string) => `empty-cart:${orderId}`

emptyCart.job = (orderId: string) => ({ task: 'empty-cart', payload: { orderId }, key: emptyCart.key(orderId) })
