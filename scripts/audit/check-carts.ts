import type { Books } from './books'
import type { Complaint, Invariant } from './finding'
import { byId, groupBy, inBatches } from './in-batches'

interface CartOrder {
  id: string
  number: string
  cartId: string
  version: number
  hasJob: boolean
  lines: { productId: string; quantity: number; cartQuantity: number | null }[]
}

/** What cart knows of an order that it has taken out. */
interface Removal {
  id: string
  lastVersion: number | null
}

const batch = 200
const standing = `cart_id IS NOT NULL AND status NOT IN ('placing', 'rejected')`

export const checkCarts: Invariant = {
  name: 'carts',
  rule: 'What an order took from a cart is taken out of it, and is in no other order of that cart.',
  async *check({ order, cart }, count) {
    const sql = `SELECT DISTINCT cart_id AS id FROM orders WHERE cart_id > $1 AND ${standing} ORDER BY cart_id LIMIT ${batch}`
    for await (const ids of inBatches((after) => order.rows<{ id: string }>(sql, [after]))) {
      // The orders first: where no job is left to empty a cart, cart has done so by the time that it is read.
      const orders = await readOrders(
        order,
        ids.map(({ id }) => id),
      )
      count(orders.length)
      const { carts, removals } = await readCarts(cart, orders)
      for (const [cartId, ofCart] of groupBy(orders, (each) => each.cartId)) {
        if (carts.has(cartId)) for (const each of ofCart) yield* complainAbout(each, ofCart, removals)
      }
    }
  },
}

function readOrders({ rows, waitingJobs }: Books['order'], cartIds: string[]): Promise<CartOrder[]> {
  return rows<CartOrder>(
    `SELECT id, order_number AS number, cart_id AS "cartId", cart_version AS version,
       EXISTS (SELECT 1 FROM ${waitingJobs} AS jobs WHERE task = 'empty-cart' AND payload->>'orderId' = o.id::text) AS "hasJob",
       (SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity, 'cartQuantity', cart_quantity))
         FROM order_items i WHERE i.order_id = o.id) AS lines
     FROM orders o WHERE ${standing} AND cart_id = ANY ($1) ORDER BY cart_version`,
    [cartIds],
  )
}

/** A cart that is gone, because nobody used it for long, took with it what is known of its orders. */
async function readCarts({ rows }: Books['cart'], orders: CartOrder[]) {
  const carts = await rows<{ id: string }>('SELECT id FROM carts WHERE id = ANY ($1)', [
    orders.map(({ cartId }) => cartId),
  ])
  const sql = 'SELECT order_id AS id, last_version AS "lastVersion" FROM cart_orders WHERE order_id = ANY ($1)'
  return { carts: byId(carts), removals: byId(await rows<Removal>(sql, [orders.map(({ id }) => id)])) }
}

function* complainAbout(order: CartOrder, ofCart: CartOrder[], removals: Map<string, Removal>): Generator<Complaint> {
  const subject = { about: `order ${order.number}`, orderId: order.id }
  if (!removals.has(order.id)) {
    yield { ...subject, what: 'was not taken out of its cart', cover: order.hasJob ? 'job empty-cart' : undefined }
  }
  const beside = ofCart.filter((other) => wasInCart(other, order, removals.get(other.id)))
  for (const { productId, quantity, cartQuantity } of order.lines) {
    const others = countPieces(beside, productId)
    if (cartQuantity === null || quantity + others <= cartQuantity) continue
    const what = `took ${quantity} of product ${productId}, of ${cartQuantity} of which orders before it had ${others}`
    yield { ...subject, what }
  }
}

/** Whether an earlier order's lines were still in the cart when it was ordered again. */
function wasInCart(earlier: CartOrder, { version }: CartOrder, removal: Removal | undefined): boolean {
  if (earlier.version >= version) return false
  // Where it is not known which version was the last to have them, they may have been out of it.
  return removal === undefined || (removal.lastVersion !== null && removal.lastVersion >= version)
}

function countPieces(orders: CartOrder[], productId: string): number {
  const lines = orders.flatMap((order) => order.lines).filter((line) => line.productId === productId)
  return lines.reduce((sum, { quantity }) => sum + quantity, 0)
}
