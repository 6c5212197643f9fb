import { toCart } from './cart'
import { changeCart } from './change-cart'
import { checkLines } from './check-lines'
import type { Deps } from './deps'
import { findLimit, findLine, type Line, lineNotFound, putLine, withQuantity } from './line'
import type { Owner } from './owner'
import { showOffers } from './show-cart'

/** Sets how many. While product is down, only to fewer or as many. */
export async function changeCartItem(deps: Deps, owner: Owner, lineId: string, quantity: number) {
  const before = await findOwnLine(deps, owner, lineId)
  const wanted = [{ productId: findLine(before.lines, lineId).productId, quantity }]
  const { offers, failure } = await checkLines(deps, before.lines, { since: before.handedOverAt, wanted })
  const change = (lines: Line[]) => {
    const line = findLine(lines, lineId)
    const grows = quantity > line.quantity
    if (grows && failure) throw failure
    const after = putLine(lines, withQuantity(line, quantity, offers.get(line.productId)))
    if (grows) refuseOverLimit(after)
    return showOffers(after, offers)
  }
  const cart = await changeCart(deps, owner, change, { seen: before })
  if (!cart) throw lineNotFound()
  return { message: 'The quantity is set.', cart: toCart({ owner, cart, offers, currency: deps.currency }) }
}

/** The caller's cart, if that line is in it. Throws a 404 Problem otherwise. */
export async function findOwnLine({ carts }: Deps, owner: Owner, lineId: string) {
  const cart = await carts.find(owner)
  if (!cart) throw lineNotFound()
  findLine(cart.lines, lineId)
  return cart
}

function refuseOverLimit(lines: Line[]): void {
  const limit = findLimit(lines)
  if (limit) throw limit
}
