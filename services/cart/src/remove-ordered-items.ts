import type { cartContract, InputOf } from '@duka/contracts'
import { changeCart } from './change-cart'
import type { Deps } from './deps'
import type { Line } from './line'

type Ordered = InputOf<typeof cartContract.removeOrderedItems>['body']

/** Takes out what an order took, once per order however often it is told; what was added since stays. */
export async function removeOrderedItems(deps: Deps, { orderId, cartId, items }: Ordered) {
  const cart = await changeCart(deps, { id: cartId }, (lines) => items.reduce(takeOut, lines), { orderId })
  return { removed: cart !== null }
}

function takeOut(lines: Line[], { productId, quantity }: Ordered['items'][number]): Line[] {
  return lines
    .map((line) => (line.productId === productId ? { ...line, quantity: line.quantity - quantity } : line))
    .filter((line) => line.quantity > 0)
}
