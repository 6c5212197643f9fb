import { type Minor, maxLines, maxQuantity, productContract, toMinor } from '@duka/contracts'
import { RemoteUnavailable } from '@duka/kit'
import type { Deps } from './deps'

/** What the catalogue has to say about one product now. */
export interface Offer {
  onSale: boolean
  /** 0 where it is not on sale. */
  available: number
  name: string
  price: Minor
  imageUrl: string | null
}

export type Offers = ReadonlyMap<string, Offer>

interface Wanted {
  productId: string
  quantity: number
}

/** Either the offers for all lines, or why there are none. */
export interface Checked {
  offers: Offers
  failure: RemoteUnavailable | null
}

/** Asks product about all lines at once. Where product is down that is an answer too: the caller knows what it may do without. */
export async function checkLines(deps: Deps, lines: readonly Wanted[]): Promise<Checked> {
  if (lines.length === 0) return { offers: new Map(), failure: null }
  try {
    const answers = await Promise.all(
      splitToCalls(addUp(lines)).map((items) => deps.product.call(productContract.checkStock, { body: { items } })),
    )
    return { offers: new Map(answers.flatMap(({ items }) => items.map(toOffer))), failure: null }
  } catch (error) {
    if (!(error instanceof RemoteUnavailable)) throw error
    deps.log.warn('cart_not_checked', { reason: error.reason })
    return { offers: new Map(), failure: error }
  }
}

function addUp(lines: readonly Wanted[]): Wanted[] {
  const byProduct = new Map<string, number>()
  for (const { productId, quantity } of lines) byProduct.set(productId, (byProduct.get(productId) ?? 0) + quantity)
  return [...byProduct].map(([productId, quantity]) => ({ productId, quantity: Math.min(quantity, maxQuantity) }))
}

/** One call as long as it is one cart; two full carts that merge are more than one call takes. */
function splitToCalls(items: Wanted[]): Wanted[][] {
  const calls: Wanted[][] = []
  for (let start = 0; start < items.length; start += maxLines) calls.push(items.slice(start, start + maxLines))
  return calls
}

function toOffer({ productId, found, available, name, price, imageUrl }: productContract.StockLine): [string, Offer] {
  return [productId, { onSale: found, available: found ? available : 0, name, price: toMinor(price), imageUrl }]
}
