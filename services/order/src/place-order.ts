import { type orderContract as contract, type InputOf, productContract, toMajor, toMinor } from '@duka/contracts'
import { type Claim, errorFields, Problem, RemoteRefused, RemoteUnavailable, tryNow, type User } from '@duka/kit'
import { createOrder } from './create-order'
import type { Deps } from './deps'
import { emptyCart } from './empty-cart'
import { findOrder, findWholeOrder } from './find-order'
import { moveOrder } from './move-order'
import { type OrderRow, type OrderWithItems, toOrder } from './order'
import { rejectOrder } from './reject-order'

type Body = InputOf<typeof contract.placeOrder>['body']

/**
 * The order exists before its stock is held, and its stock is held before it is answered. Whatever dies in between, the
 * order is found again (by the same key, by the same cart, or by the sweep) and either finished or undone.
 */
export async function placeOrder(deps: Deps, user: User, body: Body, claim: Claim | null) {
  const begun = claim?.resourceId ? await findWholeOrder(deps, claim.resourceId) : undefined
  const order = begun && begun.status !== 'rejected' ? begun : await createOrder(deps, user, body, claim)
  const placed = order.status === 'placing' ? await holdStock(deps, order) : order
  if (placed.status === 'rejected') throw notPlaced()
  return { message: 'Order placed.', order: toOrder({ ...placed, items: order.items }) }
}

async function holdStock(deps: Deps, order: OrderWithItems): Promise<OrderRow> {
  try {
    await reserve(deps, order)
  } catch (error) {
    return giveUp(deps, order, error)
  }
  const placed = await moveOrder(deps, order.id, {
    to: 'pending',
    actor: { id: order.user_id, role: 'customer' },
    reason: 'Order placed; waiting for payment.',
    ...(order.cart_id && { job: emptyCart.job(order.id) }),
  })
  if (!placed) return (await findOrder(deps, order.id))!
  if (placed.cart_id) await tryNow(deps.database, emptyCart.key(placed.id), deps.log, () => emptyCart(deps, order))
  return placed
}

async function reserve(deps: Deps, order: OrderWithItems): Promise<void> {
  const items = order.items.map((item) => ({
    productId: item.product_id,
    quantity: item.quantity,
    price: toMajor(toMinor(item.price)),
  }))
  const body = { orderId: order.id, attempt: order.attempt, items }
  await deps.product.call(productContract.reserveStock, { body })
}

/** Closes an order whose stock is not known to be held, unless another call for the same order got through meanwhile. */
async function giveUp(deps: Deps, order: OrderRow, error: unknown): Promise<OrderRow> {
  const conflict = asConflict(error)
  if (!conflict) deps.log.warn('reserve_failed', { orderId: order.id, ...errorFields(error) })
  // No answer means that the stock may be held, so it is given back before the customer hears of it.
  await rejectOrder(deps, order, { releaseNow: !conflict })
  const now = await findOrder(deps, order.id)
  if (now && now.status !== 'rejected') return now
  throw conflict ?? (isPassing(error) ? notPlaced() : error)
}

/** The customer gets product's own answer: which line does not fit, and how many there are. */
function asConflict(error: unknown): Problem | undefined {
  if (!(error instanceof RemoteRefused)) return undefined
  if (error.code !== 'insufficient_stock' && error.code !== 'price_changed') return undefined
  const { detail, available, productId, items } = error.document
  return new Problem(409, error.code, String(detail), { extra: { available, productId, items } })
}

/** Trying again helps: product did not answer, or another call had given this attempt up already. */
function isPassing(error: unknown): boolean {
  return error instanceof RemoteUnavailable || (error instanceof RemoteRefused && error.code === 'reservation_released')
}

function notPlaced(): Problem {
  const detail = 'The order could not be placed just now and nothing was kept. Try again.'
  return new Problem(503, 'order_not_placed', detail, { headers: { 'Retry-After': '1' } })
}
