import { isDeepStrictEqual } from 'node:util'
import type { cartContract } from '@duka/contracts'
import { type Cart, toCart } from './cart'
import { checkLines, type Offers } from './check-lines'
import { lockCart } from './db'
import type { Deps } from './deps'
import { type Line, showOffer } from './line'
import type { Owner } from './owner'
import { saveCart } from './save-cart'

/**
 * A cart as the customer is to see it: checked against the catalogue in one call, with what moved said on its line.
 * A price is stored before it is shown, so that checkout knows which prices the customer has seen.
 */
export async function showCart(deps: Deps, owner: Owner, cart: Cart | undefined): Promise<cartContract.Cart> {
  const { offers } = await checkLines(deps, cart?.lines ?? [])
  const shown = cart && (await keepShown(deps, owner, cart, offers))
  return toCart({ owner, cart: shown, offers, currency: deps.currency })
}

async function keepShown(deps: Deps, owner: Owner, cart: Cart, offers: Offers): Promise<Cart | undefined> {
  const { database } = deps
  if (isDeepStrictEqual(showOffers(cart.lines, offers), cart.lines)) return cart
  return database.transaction(async (transaction) => {
    const locked = await lockCart(database, owner, transaction)
    return locked && saveCart(database, locked, showOffers(locked.lines, offers), transaction, 'saveShown')
  })
}

export function showOffers(lines: readonly Line[], offers: Offers): Line[] {
  return lines.map((line) => showOffer(line, offers.get(line.productId)))
}
