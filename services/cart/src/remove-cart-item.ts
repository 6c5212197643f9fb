import { changeCart } from './change-cart'
import type { Deps } from './deps'
import { findLine, lineNotFound } from './line'
import type { Owner } from './owner'
import { showCart } from './show-cart'

export async function removeCartItem(deps: Deps, owner: Owner, lineId: string) {
  const cart = await changeCart(deps, owner, (lines) => {
    const gone = findLine(lines, lineId)
    return lines.filter((line) => line !== gone)
  })
  if (!cart) throw lineNotFound()
  return { message: 'It is out of your cart.', cart: await showCart(deps, owner, cart) }
}
