import type { cartContract, InputOf } from '@duka/contracts'
import { queryRow } from '@duka/kit'
import type { Sequelize, Transaction } from 'sequelize'
import { lockCart } from './db'
import type { Deps } from './deps'
import type { Line } from './line'
import { saveCart } from './save-cart'

type Ordered = InputOf<typeof cartContract.removeOrderedItems>['body']

/** Takes out what an order took, once per order however often it is told; what was added since stays. */
export function removeOrderedItems({ database }: Deps, { orderId, cartId, items }: Ordered) {
  return database.transaction(async (transaction) => {
    const cart = await lockCart(database, { id: cartId }, transaction)
    if (!cart) return { removed: false }
    if (await noteOrder(database, orderId, cartId, transaction)) {
      await saveCart(database, cart, items.reduce(takeOut, cart.lines), transaction)
    }
    return { removed: true }
  })
}

/** True the first time. */
async function noteOrder(
  database: Sequelize,
  orderId: string,
  cartId: string,
  transaction: Transaction,
): Promise<boolean> {
  const row = await queryRow(
    database,
    'INSERT INTO cart_orders (order_id, cart_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING order_id',
    [orderId, cartId],
    transaction,
  )
  return row !== undefined
}

function takeOut(lines: Line[], { productId, quantity }: Ordered['items'][number]): Line[] {
  return lines
    .map((line) => (line.productId === productId ? { ...line, quantity: line.quantity - quantity } : line))
    .filter((line) => line.quantity > 0)
}
