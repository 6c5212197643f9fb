import { maxQuantity } from '@duka/contracts'
import type { Transaction } from 'sequelize'
import { type Cart, emptyCart, toCart } from './cart'
import { checkLines } from './check-lines'
import type { Deps } from './deps'
import { expiryOf } from './expiry'
import { findLimit, type Line, putLine } from './line'
import type { Offers } from './offers'
import { guestOf, type Owner } from './owner'
import { applyChange, type Change } from './save-cart'
import { showCart, showOffers } from './show-cart'
import { untilSaved } from './until-saved'

interface Reduced {
  productId: string
  wanted: number
  quantity: number
}

/** Brings a guest's lines into the user's cart, once: the guest's cart is gone with it, so doing it again changes nothing. */
export async function mergeCart(deps: Deps, userId: string, cartToken: string) {
  const owner = { userId }
  const guest = guestOf(cartToken)
  const first = await look(deps, owner, guest)
  if (!first.theirs?.lines.length) return { cart: await showCart(deps, owner, first.own), reduced: [] }
  const own = first.own?.lines ?? []
  const wanted = first.theirs.lines.map((line) => addTo(own, line))
  const { offers, failure } = await checkLines(deps, own, { since: first.own?.handedOverAt, wanted })
  if (failure) throw failure
  return untilSaved(deps, owner, async (transaction, isFirst) => {
    const { own, theirs } = isFirst ? first : await look(deps, owner, guest, transaction)
    const cart = own ?? emptyCart()
    const { lines, reduced } = joinLines(cart.lines, theirs?.lines ?? [], offers)
    const change: Change = {
      cart,
      lines: showOffers(lines, offers),
      expiresAt: expiryOf(owner),
      owner,
      joining: theirs,
    }
    if (!(await deps.carts.save(change, transaction))) return undefined
    return { cart: toCart({ owner, cart: applyChange(change), offers, currency: deps.currency }), reduced }
  })
}

/** As many as both carts have of a guest's line together. */
function addTo(own: readonly Line[], { productId, quantity }: Line) {
  const mine = own.find((line) => line.productId === productId)
  return { productId, quantity: quantity + (mine?.quantity ?? 0) }
}

interface Both {
  own: Cart | undefined
  theirs: Cart | undefined
}

async function look(
  { carts }: Deps,
  owner: Owner,
  guest: Owner,
  transaction: Transaction | null = null,
): Promise<Both> {
  // The guest's first: when another merge has taken it by then, the user's has its lines.
  const theirs = await carts.find(guest, transaction)
  const own = await carts.find(owner, transaction)
  return { own, theirs }
}

function joinLines(own: Line[], taken: readonly Line[], offers: Offers): { lines: Line[]; reduced: Reduced[] } {
  let lines = own
  const reduced: Reduced[] = []
  for (const line of taken) {
    const { productId } = line
    const mine = own.find((candidate) => candidate.productId === productId)
    const kept = mine?.quantity ?? 0
    const wanted = kept + line.quantity
    const joined = joinLine(lines, mine ?? line, kept, Math.min(wanted, offers.get(productId)?.available ?? wanted))
    lines = joined.lines
    if (joined.quantity < wanted) reduced.push({ productId, wanted, quantity: joined.quantity })
  }
  return { lines, reduced }
}

/** Never fewer than the user had: where even that is more than there is, the line itself says so. */
function joinLine(lines: Line[], line: Line, kept: number, fits: number): { lines: Line[]; quantity: number } {
  const quantity = Math.min(fits, maxQuantity)
  if (quantity <= kept) return { lines, quantity: kept }
  const after = putLine(lines, { ...line, quantity })
  return findLimit(after) ? { lines, quantity: kept } : { lines: after, quantity }
}
