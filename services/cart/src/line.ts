import { type Minor, maxLines, maxMinor, maxQuantity } from '@duka/contracts'
import { newId, notFound, Problem } from '@duka/kit'
import type { Offer } from './offers'

export interface Line {
  id: string
  productId: string
  productName: string
  /** What the customer was last shown. */
  price: Minor
  /** What the customer knew before `price`; null where it did not move. */
  priceChangedFrom: Minor | null
  quantity: number
  imageUrl: string | null
}

export function newLine(productId: string, { name, price, imageUrl }: Offer): Line {
  return { id: newId(), productId, productName: name, price, priceChangedFrom: null, quantity: 0, imageUrl }
}

export function lineNotFound(): Problem {
  return notFound('line in your cart')
}

/** Throws a 404 Problem where the cart has no such line. */
export function findLine(lines: readonly Line[], id: string): Line {
  const line = lines.find((candidate) => candidate.id === id)
  if (!line) throw lineNotFound()
  return line
}

/** In its old place, or last. */
export function putLine(lines: readonly Line[], line: Line): Line[] {
  const known = lines.some(({ id }) => id === line.id)
  return known ? lines.map((other) => (other.id === line.id ? line : other)) : [...lines, line]
}

/** The line as the catalogue has it now; a price that moved says from what. A withdrawn product stays as it was. */
export function showOffer(line: Line, offer: Offer | undefined): Line {
  if (!offer?.onSale) return line
  const { name: productName, price, imageUrl } = offer
  const known = line.priceChangedFrom ?? line.price
  return alter(line, { productName, imageUrl, price, priceChangedFrom: known === price ? null : known })
}

/** A line that stays as it is stays the same object: what is another object is written. */
function alter(line: Line, change: Partial<Line>): Line {
  const after = { ...line, ...change }
  const names = Object.keys(change) as (keyof Line)[]
  return names.every((name) => after[name] === line[name]) ? line : after
}

/**
 * The customer sets how many. Doing so at a price that was shown accepts that price. Throws a 409 Problem on more than
 * there is; without an offer (product is down) only the quantity changes.
 */
export function withQuantity(line: Line, quantity: number, offer: Offer | undefined): Line {
  if (!offer) return alter(line, { quantity })
  if (quantity > offer.available) throw insufficientStock(line.productId, offer.available)
  const accepted = offer.price === line.price ? alter(line, { priceChangedFrom: null }) : line
  return alter(showOffer(accepted, offer), { quantity })
}

function insufficientStock(productId: string, available: number): Problem {
  const detail = available > 0 ? `There are only ${available} of this product.` : 'This product is sold out.'
  return new Problem(409, 'insufficient_stock', detail, { extra: { productId, available } })
}

export function countPieces(lines: readonly Line[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0)
}

export function addUpAmounts(lines: readonly Line[]): Minor {
  return lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
}

/** Known before product is asked, so that an add never costs a second call. */
export function refuseFull(lines: readonly Line[], productId: string): void {
  if (lines.length >= maxLines && !lines.some((line) => line.productId === productId)) throw cartFull()
}

function cartFull(): Problem {
  return new Problem(409, 'cart_full', `A cart takes at most ${maxLines} products.`)
}

/** Why a cart may not grow to these lines, if it may not. */
export function findLimit(lines: readonly Line[]): Problem | undefined {
  if (lines.length > maxLines) return cartFull()
  if (lines.some(({ quantity }) => quantity > maxQuantity)) {
    const detail = `A line takes at most ${maxQuantity} pieces.`
    return new Problem(409, 'quantity_limit', detail, { extra: { maxQuantity } })
  }
  // The total of an order has to fit its column.
  if (addUpAmounts(lines) > maxMinor) return new Problem(409, 'amount_limit', 'This is more than one order can take.')
  return undefined
}
