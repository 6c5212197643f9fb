import { maxLines, productContract } from '@duka/contracts'
import { RemoteUnavailable } from '@duka/kit'
import type { Deps } from './deps'
import type { Offer, Offers } from './offers'

interface Wanted {
  productId: string
  quantity: number
}

/** What is known of the lines, and why that is not all, if it is not. */
export interface Checked {
  offers: Offers
  failure: RemoteUnavailable | null
}

interface Conditions {
  /** What product said before that does not count. */
  since?: Date | null | undefined
  /** What the customer wants now. Product is asked again rather than refuse it by what was so some seconds ago. */
  wanted?: readonly Wanted[]
}

/**
 * Asks product, in one call, about the lines of which nothing fresh is known. Where product is down that is an answer
 * too: the caller knows what it may do without.
 */
export async function checkLines(
  deps: Deps,
  lines: readonly Wanted[],
  { since = null, wanted = [] }: Conditions = {},
): Promise<Checked> {
  const known = deps.offers.since(since)
  const unknown = lines.filter(({ productId }) => !known.get(productId))
  const short = wanted.filter(({ productId, quantity }) => (known.get(productId)?.available ?? 0) < quantity)
  // What is asked for a request counts for it, whatever the clocks of several instances say of when that was.
  const asked = new Map<string, Offer>()
  const offers = { get: (productId: string) => asked.get(productId) ?? known.get(productId) }
  try {
    for (const [productId, offer] of await ask(deps, [...unknown, ...short])) asked.set(productId, offer)
    return { offers, failure: null }
  } catch (error) {
    if (!(error instanceof RemoteUnavailable)) throw error
    deps.log.warn('cart_not_checked', { reason: error.reason })
    return { offers, failure: error }
  }
}

async function ask({ product, offers }: Deps, lines: readonly Wanted[]): Promise<[productId: string, Offer][]> {
  const askedAt = offers.now()
  const answers = await Promise.all(
    splitToCalls(onePerProduct(lines)).map((items) => product.call(productContract.checkStock, { body: { items } })),
  )
  return answers.flatMap(({ items }) => items).map((line) => [line.productId, offers.learn(line, askedAt)])
}

/** The quantity is of no matter: what is wanted is held against what is there. */
function onePerProduct(lines: readonly Wanted[]): Wanted[] {
  return [...new Set(lines.map(({ productId }) => productId))].map((productId) => ({ productId, quantity: 1 }))
}

/** One call as long as it is one cart; two full carts that merge are more than one call takes. */
function splitToCalls(items: Wanted[]): Wanted[][] {
  const calls: Wanted[][] = []
  for (let start = 0; start < items.length; start += maxLines) calls.push(items.slice(start, start + maxLines))
  return calls
}
