import type { Books } from '../audit/books'
import type { Basket, Line, Memory } from './memory'

interface Ordered extends Line {
  orderId: string
}

/** Looks whether what was put into a cart was ordered once or is still in it. Gives what is not so, in words. */
export async function checkBaskets({ baskets }: Memory, books: Books): Promise<string[]> {
  const problems: string[] = []
  for (const basket of baskets) problems.push(...(await checkBasket(basket, books)))
  return problems
}

async function checkBasket({ email, least, most }: Basket, { auth, order, cart }: Books): Promise<string[]> {
  const [user] = await auth.rows<{ id: string }>('SELECT id FROM users WHERE email = $1', [email])
  const ordered = await order.rows<Ordered>(
    `SELECT o.id AS "orderId", product_id AS "productId", quantity FROM orders o JOIN order_items i ON i.order_id = o.id
     WHERE user_id = $1 AND cart_id IS NOT NULL AND status NOT IN ('placing', 'rejected')`,
    [user?.id],
  )
  // In one statement: a late job may empty the cart at this moment.
  const [state] = await cart.rows<{ lines: Line[]; taken: string[] }>(
    `SELECT ARRAY(SELECT order_id::text FROM cart_orders WHERE order_id = ANY ($2)) AS taken,
       COALESCE((SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity)) FROM cart_items
         WHERE cart_id = (SELECT id FROM carts WHERE user_id = $1)), '[]') AS lines`,
    [user?.id, ordered.map(({ orderId }) => orderId)],
  )
  const { lines, taken } = state!
  const isTaken = ({ orderId }: Ordered) => taken.includes(orderId)
  const waiting = ordered.filter((line) => !isTaken(line))
  const products = new Set([...most.keys(), ...[...ordered, ...lines].map(({ productId }) => productId)])
  return [...products].flatMap((productId) => {
    const out = count(ordered.filter(isTaken), productId)
    const [left, promised] = [count(lines, productId), count(waiting, productId)]
    const bounds = [least.get(productId) ?? 0, most.get(productId) ?? 0] as const
    const adds = out + left >= bounds[0] && out + left <= bounds[1] && promised <= left
    const found = `${out} were ordered, and ${left} are in the cart, ${promised} of them ordered`
    return adds ? [] : [`${email} put in ${[...new Set(bounds)].join(' to ')} of product ${productId}: ${found}`]
  })
}

function count(lines: Line[], productId: string): number {
  return lines.reduce((sum, line) => (line.productId === productId ? sum + line.quantity : sum), 0)
}
