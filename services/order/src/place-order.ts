import { type orderContract as contract, type InputOf, productContract } from '@duka/contracts'
import { type Claim, enqueueBackstop, Problem, RemoteRefused, tryNow, type User } from '@duka/kit'
import { createOrder } from './create-order'
import type { Deps } from './deps'
import { emptyCart } from './empty-cart'
import { findOrder, reloadOrder, withItems } from './find-order'
import { moveOrder } from './move-order'
import { type OrderRow, toOrder } from './order'
import { quoteItems } from './quote-items'
import { rejectOrder } from './reject-order'

type Body = InputOf<typeof contract.placeOrder>['body']

/**
 * The order exists before its stock is held, and its stock is held before it is answered. Whatever dies in between, the
 * order is found again (by the same key, by the same cart, or by the sweep) and either finished or undone.
 */
export async function placeOrder(deps: Deps, user: User, body: Body, claim: Claim | null) {
  const begun = claim?.resourceId ? await findOrder(deps, claim.resourceId) : undefined
  const order =
    begun && begun.status !== 'rejected'
      ? begun
      : await createOrder(deps, user, body, await quoteItems(deps, user, body.items), claim)
  const placed = order.status === 'placing' ? await holdStock(deps, order) : order
  if (placed.status === 'rejected') throw notPlaced()
  return { message: 'Order placed.', order: toOrder(await reloadOrder(deps, placed.id)) }
}

async function holdStock(deps: Deps, order: OrderRow): Promise<OrderRow> {
  await reserve(deps, order)
  const placed = await deps.database.transaction(async (transaction) => {
    const move = { to: 'pending', actor: order.user_id, reason: 'Order placed; waiting for payment.' } as const
    const moved = await moveOrder(deps, order.id, move, transaction)
    if (moved?.cart_id) await enqueueBackstop(deps.database, transaction, emptyCart.job(moved.id))
    return moved
  })
  if (!placed) return (await findOrder(deps, order.id))!
  if (placed.cart_id) await tryNow(deps.database, emptyCart.key(placed.id), deps.log, () => emptyCart(deps, placed.id))
  return placed
}

async function reserve(deps: Deps, order: OrderRow): Promise<void> {
  const [{ items }] = (await withItems(deps, [order])) as [Awaited<ReturnType<typeof withItems>>[number]]
  const lines = items.map((item) => ({
    productId: item.product_id,
    quantity: item.quantity,
    price: Number(item.price),
  }))
  try {
    await deps.product.call(productContract.reserveStock, {
      body: { orderId: order.id, attempt: order.attempt, items: lines },
    })
  } catch (error) {
    // No answer means that the stock may be held: the attempt is given up by its id, whatever became of it.
    await rejectOrder(deps, order, { release: !isRefusal(error) })
    throw isRefusal(error) ? asConflict(error) : error
  }
}

function isRefusal(error: unknown): error is RemoteRefused {
  return error instanceof RemoteRefused && (error.code === 'insufficient_stock' || error.code === 'price_changed')
}

/** The customer gets product's own answer: which line does not fit, and how many there are. */
function asConflict({ code, document }: RemoteRefused): Problem {
  const { detail, available, productId, items } = document
  return new Problem(409, code, String(detail), { extra: { available, productId, items } })
}

function notPlaced(): Problem {
  return new Problem(
    503,
    'order_not_placed',
    'The order could not be placed just now and nothing was kept. Try again.',
    {
      headers: { 'Retry-After': '1' },
    },
  )
}
