import { cartContract } from '@duka/contracts'
import type { Deps } from './deps'
import { reloadOrder } from './find-order'
import type { OrderWithItems } from './order'

/** Takes exactly what was ordered out of the cart it came from. Cart does it once per order. */
export async function emptyCart({ cart }: Pick<Deps, 'cart'>, order: OrderWithItems): Promise<void> {
  if (!order.cart_id) return
  const items = order.items.map((item) => ({ productId: item.product_id, quantity: item.quantity }))
  await cart.call(cartContract.removeOrderedItems, { body: { orderId: order.id, cartId: order.cart_id, items } })
}

export async function emptyCartLater(deps: Pick<Deps, 'database' | 'cart'>, orderId: string): Promise<void> {
  await emptyCart(deps, await reloadOrder(deps, orderId))
}

emptyCart.key = (orderId: string) => `empty-cart:${orderId}`

emptyCart.job = (orderId: string) => ({ task: 'empty-cart', payload: { orderId }, key: emptyCart.key(orderId) })
