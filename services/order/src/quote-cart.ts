import { cartContract, toMinor } from '@duka/contracts'
import { Problem, type User } from '@duka/kit'
import type { Deps } from './deps'
import type { OrderWithItems } from './order'
import { readOrdersInCart } from './orders-in-cart'
import { type Quote, quoteLines, type Wanted } from './quote-lines'

/** The cart as it stands. Whether other orders have a part of it is known when the order is written. */
export async function quoteCart(deps: Deps, user: User): Promise<Quote> {
  const { cartId, version, wanted, takenOrders } = await takeCart(deps, user, [])
  if (!cartId) throw cartEmpty()
  return quoteLines(deps, wanted, { id: cartId, version, gone: takenOrders ?? null, counted: [] })
}

/**
 * What is in the cart beyond what other orders of it took, after it was quoted without knowing of them. Where there is
 * nothing, the order that took it is the answer.
 */
export async function quoteRest(deps: Deps, user: User, before: Quote): Promise<Quote> {
  const { ids, orders } = await readOrdersInCart(deps, user)
  const { cartId, version, wanted, takenOrders } = await takeCart(deps, user, ids)
  const standing = takenOrders ? orders.filter(({ status }) => status !== 'rejected') : []
  const inCart = standing.filter(({ id, cart_id }) => cart_id === cartId && !takenOrders?.includes(id))
  const counted = inCart.map(({ id }) => id)
  const rest = subtractOrders(wanted, inCart)
  if (cartId && rest.length > 0) {
    const gone = takenOrders ? [...takenOrders, ...ids.filter((id) => !counted.includes(id))] : null
    return quoteLines(deps, rest, { id: cartId, version, gone, counted })
  }
  const ordered = cartId ? inCart.find((order) => hasSomeOf(order, wanted)) : takenSince(before, standing)
  if (!ordered) throw cartEmpty()
  return { ...before, refusal: null, ordered }
}

async function takeCart({ cart }: Deps, { id: userId }: User, orders: string[]) {
  const { items, ...handed } = await cart.call(cartContract.checkoutCart, { body: { userId, orders } })
  const wanted = items.map((item): Wanted => {
    const { productId, quantity } = item
    return { productId, quantity, shownPrice: toMinor(item.price), cartQuantity: quantity }
  })
  return { ...handed, wanted }
}

function cartEmpty(): Problem {
  return new Problem(400, 'cart_empty', 'The cart is empty. Put something into it, or send items.')
}

/** The job that takes them out takes so many of each, and never more than there are. */
function subtractOrders(wanted: Wanted[], orders: OrderWithItems[]): Wanted[] {
  const ordered = new Map<string, number>()
  for (const { product_id, quantity } of orders.flatMap(({ items }) => items)) {
    ordered.set(product_id, (ordered.get(product_id) ?? 0) + quantity)
  }
  return wanted
    .map((line) => ({ ...line, quantity: line.quantity - (ordered.get(line.productId) ?? 0) }))
    .filter(({ quantity }) => quantity > 0)
}

function hasSomeOf({ items }: OrderWithItems, wanted: Wanted[]): boolean {
  return items.some(({ product_id }) => wanted.some(({ productId }) => productId === product_id))
}

/** The newest order that had something in the cart when it was quoted: since then the cart was emptied of it. */
function takenSince({ cart }: Quote, standing: OrderWithItems[]): OrderWithItems | undefined {
  return standing.find(({ id, cart_id }) => cart_id === cart?.id && !cart?.gone?.includes(id))
}
