import { type cartContract, toMajor } from '@duka/contracts'
import type { Offer, Offers } from './check-lines'
import { addUpAmounts, countPieces, type Line } from './line'
import type { Owner } from './owner'

export interface Cart {
  id: string
  /** Goes up with every change that the customer or an order makes, not with what is only shown anew. */
  version: number
  expiresAt: Date
  /** In the order in which they came. */
  lines: Line[]
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
    verified: lines.every(({ productId }) => offers.has(productId)),
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
