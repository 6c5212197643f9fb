import type { cartContract } from '@duka/contracts'
import { type Cart, toCart } from './cart'
import { changeCart } from './change-cart'
import { checkLines } from './check-lines'
import type { Deps } from './deps'
import { type Line, showOffer } from './line'
import type { Offers } from './offers'
import type { Owner } from './owner'

/**
 * A cart as the customer is to see it, with what moved said on its line. A price is stored before it is shown, so that
 * checkout knows which prices the customer has seen.
 */
export async function showCart(deps: Deps, owner: Owner, cart: Cart | null | undefined): Promise<cartContract.Cart> {
  const { offers } = await checkLines(deps, cart?.lines ?? [], { since: cart?.handedOverAt })
  const shown = cart && (await keepShown(deps, owner, cart, offers))
  return toCart({ owner, cart: shown ?? undefined, offers, currency: deps.currency })
}

async function keepShown(deps: Deps, owner: Owner, cart: Cart, offers: Offers): Promise<Cart | null> {
  const show = (lines: Line[]) => showOffers(lines, offers)
  if (show(cart.lines).every((line, index) => line === cart.lines[index])) return cart
  return changeCart(deps, owner, show, { seen: cart, isShownOnly: true })
}

export function showOffers(lines: readonly Line[], offers: Offers): Line[] {
  return lines.map((line) => showOffer(line, offers.get(line.productId)))
}
