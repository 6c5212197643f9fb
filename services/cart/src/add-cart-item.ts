import type { cartContract, InputOf } from '@duka/contracts'
import { notFound } from '@duka/kit'
import type { Request, Response } from 'express'
import type { Transaction } from 'sequelize'
import { type Cart, emptyCart, toCart } from './cart'
import { checkLines } from './check-lines'
import type { Deps } from './deps'
import { expiryOf } from './expiry'
import { type AddKey, findKept, type Kept, keyOf } from './kept-answer'
import { findLimit, type Line, newLine, putLine, refuseFull, withQuantity } from './line'
import type { Offers } from './offers'
import { cartTokenHeader, makeCartToken, type Owner } from './owner'
import { refuse, replay } from './replay-answer'
import { applyChange, type Change } from './save-cart'
import { showOffers } from './show-cart'
import { untilSaved } from './until-saved'

type Wanted = InputOf<typeof cartContract.addCartItem>['body']

interface Sent {
  request: Request
  response: Response
}

/**
 * One statement reads the cart and one saves it, together with the answer where an Idempotency-Key came. Between them
 * product is asked at most once, and what it said is held against the cart as it is when it is saved.
 */
export async function addCartItem(deps: Deps, owner: Owner, wanted: Wanted, { request, response }: Sent) {
  const sent = keyOf(owner, request)
  const first = await look(deps, owner, sent)
  if (first.kept) return replay(response, first.kept)
  try {
    const offers = await checkWanted(deps, first.cart, wanted)
    return await untilSaved(deps, owner, async (transaction, isFirst) => {
      const seen = isFirst ? first : await look(deps, owner, sent, transaction)
      if (seen.kept) return replay(response, seen.kept)
      return store(deps, owner, wanted, { ...seen, offers, response, transaction })
    })
  } catch (error) {
    return refuse(deps, first.key, error, response)
  }
}

interface Seen {
  cart: Cart | undefined
  /** null where the cart is nobody's yet: then no later request could prove to be of the same guest. */
  key: AddKey | null
  kept: Kept | null
}

async function look(
  { database, carts }: Deps,
  owner: Owner,
  sent: AddKey | null,
  transaction: Transaction | null = null,
): Promise<Seen> {
  const reading = carts.find(owner, transaction)
  // A transaction's connection takes one statement at a time.
  if (transaction) await reading
  const [cart, kept] = await Promise.all([reading, sent && findKept(database, sent, transaction)])
  return cart || 'userId' in owner ? { cart, key: sent, kept } : { cart, key: null, kept: null }
}

async function checkWanted(deps: Deps, cart: Cart | undefined, { productId, quantity }: Wanted): Promise<Offers> {
  const lines = cart?.lines ?? []
  refuseFull(lines, productId)
  const inCart = lines.find((line) => line.productId === productId)?.quantity ?? 0
  const wanted = [{ productId, quantity: inCart + quantity }]
  const { offers, failure } = await checkLines(deps, lines, { since: cart?.handedOverAt, wanted })
  if (failure) throw failure
  if (!offers.get(productId)?.onSale) throw notFound('product')
  return offers
}

interface Storing extends Seen {
  offers: Offers
  response: Response
  transaction: Transaction | null
}

/** Gives undefined where the cart changed since it was seen. Throws a 409 Problem on more than there is, or than a cart takes. */
async function store(
  deps: Deps,
  owner: Owner,
  wanted: Wanted,
  { cart: known, key, offers, response, transaction }: Storing,
) {
  const guest = known || 'userId' in owner ? null : makeCartToken()
  const holder = guest ? { tokenHash: guest.tokenHash } : owner
  const cart = known ?? emptyCart()
  const lines = showOffers(addPieces(cart.lines, wanted, offers), offers)
  const change: Change = { cart, lines, expiresAt: expiryOf(holder), owner: holder }
  const shown = toCart({ owner, cart: applyChange(change), offers, currency: deps.currency })
  const answer = { message: 'It is in your cart.', cart: shown }
  const kept = key && { ...key, status: 200, body: JSON.stringify(answer) }
  if (!(await deps.carts.save({ ...change, answer: kept }, transaction))) return undefined
  if (guest) response.set(cartTokenHeader, guest.token)
  return answer
}

function addPieces(lines: Line[], { productId, quantity }: Wanted, offers: Offers): Line[] {
  const offer = offers.get(productId)
  if (!offer?.onSale) throw notFound('product')
  const line = lines.find((candidate) => candidate.productId === productId) ?? newLine(productId, offer)
  const after = putLine(lines, withQuantity(line, line.quantity + quantity, offer))
  const limit = findLimit(after)
  if (limit) throw limit
  return after
}
