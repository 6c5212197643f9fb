import type { orderContract as contract, InputOf } from '@duka/contracts'
import { type Claim, Problem, queryRow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { withItems } from './find-order'
import { insertOrder } from './insert-order'
import { type OrderRow, type OrderWithItems, orderColumns } from './order'
import { hasUncounted } from './orders-in-cart'
import { quoteRest } from './quote-cart'
import { quoteItems } from './quote-items'
import type { Quote } from './quote-lines'

type Body = InputOf<typeof contract.placeOrder>['body']

/** A cart that is ordered meanwhile is quoted again; so often in a row only if something is wrong. */
const maxQuotes = 5

/**
 * Writes the order and the job that expires it in one statement, and in one transaction with its Idempotency-Key.
 * Answers the first order of this state of the cart where there is one already. What another order of the cart took,
 * taken out of it yet or not, is in no second one.
 */
export async function createOrder(deps: Deps, user: User, body: Body, claim: Claim | null): Promise<OrderWithItems> {
  let quote = await quoteItems(deps, user, body.items)
  for (let n = 1; n <= maxQuotes; n++) {
    const order = await writeForKey(deps, claim, (transaction) => insertOrFind(deps, user, body, quote, transaction))
    if (order) return order
    if (quote.cart) quote = await quoteRest(deps, user, quote)
  }
  throw new Problem(503, 'order_busy', 'The cart is ordered all the time. Try again.', {
    headers: { 'Retry-After': '1' },
  })
}

type Write = (transaction: Transaction | null) => Promise<OrderWithItems | undefined>

async function writeForKey({ database }: Deps, claim: Claim | null, write: Write) {
  if (!claim) return write(null)
  return database.transaction(async (transaction) => {
    const order = await write(transaction)
    if (order) await claim.attach(order.id, transaction)
    return order
  })
}

/**
 * Gives none where the order is to be quoted once more: there is another order of its cart, which it did not know of, or
 * its number is taken. Throws why the cart cannot be ordered, but not where that other order may be why: it may hold the
 * last pieces.
 */
async function insertOrFind(
  deps: Deps,
  user: User,
  body: Body,
  quote: Quote,
  transaction: Transaction | null,
): Promise<OrderWithItems | undefined> {
  const { cart, refusal, ordered } = quote
  const inserted = refusal || ordered ? undefined : await insertOrder(deps, user, body, quote, transaction)
  if (inserted) return inserted
  const standing = ordered ?? (await findByCart(deps, quote, transaction))
  if (standing?.status === 'cancelled') throw alreadyOrdered(standing)
  if (standing) return standing
  if (refusal && !(cart && (await hasUncounted(deps, user, cart, transaction)))) throw refusal
  return undefined
}

async function findByCart(
  { database }: Deps,
  { cart }: Quote,
  transaction: Transaction | null,
): Promise<OrderWithItems | undefined> {
  if (!cart) return undefined
  const sql = `SELECT ${orderColumns} FROM orders WHERE cart_id = $1 AND cart_version = $2 AND status <> 'rejected'`
  const order = await queryRow<OrderRow>(database, sql, [cart.id, cart.version], transaction)
  return order && (await withItems(database, [order], transaction))[0]
}

/** The cart is about to be emptied: what was ordered and cancelled is not ordered again unasked. */
function alreadyOrdered({ id, order_number }: OrderRow): Problem {
  const detail = `This cart was ordered as ${order_number}, which is cancelled. Look at the cart and order again.`
  return new Problem(409, 'cart_already_ordered', detail, { extra: { orderId: id } })
}
