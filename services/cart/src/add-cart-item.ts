import type { cartContract, InputOf } from '@duka/contracts'
import { type Claim, notFound } from '@duka/kit'
import type { Response } from 'express'
import { toCart } from './cart'
import { checkLines, type Offer } from './check-lines'
import { findCart, openCart } from './db'
import type { Deps } from './deps'
import { findLimit, type Line, newLine, putLine, refuseFull, withQuantity } from './line'
import { cartTokenHeader, type Owner } from './owner'
import { readCart } from './read-cart'
import { saveCart } from './save-cart'
import { showOffers } from './show-cart'

type Wanted = InputOf<typeof cartContract.addCartItem>['body']

const message = 'It is in your cart.'

/** One call to product checks the new pieces and the lines that were there; what it said is held against the locked cart. */
export async function addCartItem(
  deps: Deps,
  owner: Owner,
  wanted: Wanted,
  { claim, response }: { claim: Claim | null; response: Response },
) {
  // An earlier try with this Idempotency-Key added the pieces and died before it could answer.
  if (claim?.resourceId) return { message, ...(await readCart(deps, owner)) }
  const before = await findCart(deps.database, owner)
  refuseFull(before?.lines ?? [], wanted.productId)
  const { offers, failure } = await checkLines(deps, [...(before?.lines ?? []), wanted])
  if (failure) throw failure
  const offer = offers.get(wanted.productId)
  if (!offer?.onSale) throw notFound('product')
  const { cart, newToken } = await storePieces(deps, owner, claim, (lines) =>
    showOffers(addPieces(lines, wanted, offer), offers),
  )
  if (newToken) response.set(cartTokenHeader, newToken)
  return { message, cart: toCart({ owner, cart, offers, currency: deps.currency }) }
}

function storePieces(deps: Deps, owner: Owner, claim: Claim | null, change: (lines: Line[]) => Line[]) {
  const { database } = deps
  return database.transaction(async (transaction) => {
    const { cart, newToken } = await openCart(database, owner, transaction)
    const saved = await saveCart(database, cart, change(cart.lines), transaction)
    await claim?.attach(cart.id, transaction)
    return { cart: saved, newToken }
  })
}

/** Throws a 409 Problem on more than there is, or than a cart takes. */
function addPieces(lines: Line[], { productId, quantity }: Wanted, offer: Offer): Line[] {
  const line = lines.find((candidate) => candidate.productId === productId) ?? newLine(productId, offer)
  const after = putLine(lines, withQuantity(line, line.quantity + quantity, offer))
  const limit = findLimit(after)
  if (limit) throw limit
  return after
}
