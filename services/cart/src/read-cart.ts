import type { Deps } from './deps'
import type { Owner } from './owner'
import { showCart } from './show-cart'

export async function readCart(deps: Deps, owner: Owner) {
  return { cart: await showCart(deps, owner, await deps.carts.find(owner)) }
}
