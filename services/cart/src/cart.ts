import { type cartContract, toMajor } from '@duka/contracts'
import { newId } from '@duka/kit'
import { addUpAmounts, countPieces, type Line } from './line'
import type { Offer, Offers } from './offers'
import type { Owner } from './owner'

export interface Cart {
  id: string
  /** Goes up with every change that the customer or an order makes, not with what is only shown anew. */
  version: number
  /** Goes up with every write; 0 where there is no row yet. */
  revision: number
  expiresAt: Date
  /** When an order last took the cart as it stood: what was known of prices before that is looked up anew. */
  handedOverAt: Date | null
  /** What the customer has in it, in the order in which it came. */
  lines: Line[]
  /** What the database has: the same, unless the cart has expired. */
  stored: Line[]
}

export function emptyCart(): Cart {
  const noLines: Line[] = []
  return {
    id: newId(),
    version: 0,
    revision: 0,
    expiresAt: new Date(0),
    handedOverAt: null,
    lines: noLines,
    stored: noLines,
  }
}

interface Shown {
  owner: Owner
  cart: Cart | undefined
  offers: Offers
  currency: string
}

/** The only way out: a cart as JSON. A cart without lines has no id, whether or not there is a row behind it. */
export function toCart({ owner, cart, offers, currency }: Shown): cartContract.Cart {
  const lines = cart?.lines ?? []
  const filled = lines.length > 0 ? cart : undefined
  return {
    id: filled?.id ?? null,
    userId: 'userId' in owner ? owner.userId : null,
    items: lines.map((line) => toItem(line, offers.get(line.productId))),
    itemCount: countPieces(lines),
    totalAmount: toMajor(addUpAmounts(lines)),
    currency,
    expiresAt: filled?.expiresAt.toISOString() ?? null,
    verified: lines.every(({ productId }) => offers.get(productId) !== undefined),
  }
}

function toItem(line: Line, offer: Offer | undefined): cartContract.Cart['items'][number] {
  const { id, productId, productName, price, priceChangedFrom, quantity, imageUrl } = line
  const short = offer && offer.available < quantity
  return {
    id,
    productId,
    productName,
    price: toMajor(price),
    quantity,
    subtotal: toMajor(price * quantity),
    imageUrl,
    ...(short && { unavailable: { available: offer.available } }),
    ...(priceChangedFrom !== null && { priceChanged: { from: toMajor(priceChangedFrom) } }),
  }
}
