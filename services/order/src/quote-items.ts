import { maxQuantity } from '@duka/contracts'
import { type User, validationFailed } from '@duka/kit'
import type { Deps } from './deps'
import { quoteCart } from './quote-cart'
import { type Quote, quoteLines, type Wanted } from './quote-lines'

/** What the customer wants: the given items, or the cart. */
export function quoteItems(
  deps: Deps,
  user: User,
  items: { productId: string; quantity: number }[] | undefined,
): Promise<Quote> {
  return items ? quoteLines(deps, addUp(items), null) : quoteCart(deps, user)
}

/** The same product twice is one line, and may have no more pieces than one. */
function addUp(items: { productId: string; quantity: number }[]): Wanted[] {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  if (Math.max(...quantities.values()) > maxQuantity) {
    throw validationFailed([{ path: 'items', message: `at most ${maxQuantity} pieces of one product` }])
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity, cartQuantity: null, shownPrice: null }))
}
