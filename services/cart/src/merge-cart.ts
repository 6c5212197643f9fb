import { maxQuantity } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import { toCart } from './cart'
import { checkLines, type Offers } from './check-lines'
import { findCart, lockCart, openCart } from './db'
import type { Deps } from './deps'
import { findLimit, type Line, putLine } from './line'
import { guestOf, type Owner } from './owner'
import { saveCart } from './save-cart'
import { showCart, showOffers } from './show-cart'

interface Reduced {
  productId: string
  wanted: number
  quantity: number
}

/** Brings a guest's lines into the user's cart, once: the guest's cart is gone with it, so doing it again changes nothing. */
export async function mergeCart(deps: Deps, userId: string, cartToken: string) {
  const owner = { userId }
  const guest = guestOf(cartToken)
  const [own, theirs] = await Promise.all([findCart(deps.database, owner), findCart(deps.database, guest)])
  if (!theirs) return { cart: await showCart(deps, owner, own), reduced: [] }
  const { offers, failure } = await checkLines(deps, [...(own?.lines ?? []), ...theirs.lines])
  if (failure) throw failure
  const { cart, reduced } = await joinCarts(deps, owner, guest, offers)
  return { cart: toCart({ owner, cart, offers, currency: deps.currency }), reduced }
}

/** The guest's cart is locked last, and nobody else holds two, so that no two merges wait for each other. */
function joinCarts({ database }: Deps, owner: Owner, guest: Owner, offers: Offers) {
  return database.transaction(async (transaction) => {
    const { cart } = await openCart(database, owner, transaction)
    const taken = await takeLines(database, guest, transaction)
    const { lines, reduced } = joinLines(cart.lines, taken, offers)
    return { cart: await saveCart(database, cart, showOffers(lines, offers), transaction), reduced }
  })
}

async function takeLines(database: Sequelize, guest: Owner, transaction: Transaction): Promise<Line[]> {
  const cart = await lockCart(database, guest, transaction)
  if (!cart) return []
  await queryRows(database, 'DELETE FROM carts WHERE id = $1', [cart.id], transaction)
  return cart.lines
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
