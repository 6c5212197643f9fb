import { type Minor, type productContract, toMinor } from '@duka/contracts'

/** What the catalogue has to say about one product. */
export interface Offer {
  onSale: boolean
  /** 0 where it is not on sale. */
  available: number
  name: string
  price: Minor
  imageUrl: string | null
}

/** What is known now, for one cart. */
export interface Offers {
  get(productId: string): Offer | undefined
}

/** What product said lately, for all carts of this process. */
export interface KnownOffers {
  now(): number
  learn(line: productContract.StockLine, askedAt: number): Offer
  /** What was said after a moment, such as when an order looked at the same prices. */
  since(moment: Date | null): Offers
}

/** How old may be what a cart shows. An order is always checked against the catalogue itself. */
const freshMs = 10_000

export function keepOffers(now: () => number = Date.now, maxKnown = 20_000): KnownOffers {
  const known = new Map<string, { offer: Offer; askedAt: number }>()
  return {
    now,
    learn(line, askedAt) {
      const offer = toOffer(line)
      const before = known.get(line.productId)
      if (before && before.askedAt > askedAt) return offer
      // The oldest come first, and go first.
      known.delete(line.productId)
      known.set(line.productId, { offer, askedAt })
      const [oldest] = known.keys()
      if (known.size > maxKnown && oldest !== undefined) known.delete(oldest)
      return offer
    },
    since(moment) {
      // Settled here: what is fresh at the beginning of a request is so until its end.
      const after = Math.max(moment?.getTime() ?? 0, now() - freshMs)
      return {
        get(productId) {
          const found = known.get(productId)
          return found && found.askedAt > after ? found.offer : undefined
        },
      }
    },
  }
}

function toOffer({ found, available, name, price, imageUrl }: productContract.StockLine): Offer {
  return { onSale: found, available: found ? available : 0, name, price: toMinor(price), imageUrl }
}
