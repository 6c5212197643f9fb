import { changeCart } from './change-cart'
import type { Deps } from './deps'
import type { Owner } from './owner'
import { showCart } from './show-cart'

export async function clearCart(deps: Deps, owner: Owner) {
  const cart = await changeCart(deps, owner, () => [])
  return { message: 'Your cart is empty.', cart: await showCart(deps, owner, cart) }
}
