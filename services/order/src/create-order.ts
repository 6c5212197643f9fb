import { type orderContract as contract, type InputOf, toDecimal } from '@duka/contracts'
import { type Claim, currentTraceparent, laterPart, newId, Problem, queryRow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { expireOrder } from './expire-orders'
import { withItems } from './find-order'
import { newOrderNumber, type OrderItemRow, type OrderRow, type OrderWithItems, orderColumns } from './order'
import type { Quote, QuotedLine } from './quote-items'
import { computeTotals } from './totals'

type Body = InputOf<typeof contract.placeOrder>['body']

/**
 * Writes the order and the job that expires it in one statement, and in one transaction with its Idempotency-Key.
 * Answers the first order of this state of the cart where there is one already.
 */
export async function createOrder(
  deps: Deps,
  user: User,
  body: Body,
  quote: Quote,
  claim: Claim | null,
): Promise<OrderWithItems> {
  const items = quote.lines.map(toItem)
  const write = (transaction: Transaction | null) => {
    const find = () => findByCart(deps, quote, transaction)
    if (quote.refusal) return findOrRefuse(find, quote.refusal)
    return insertOrFind(() => insertOrder(deps, user, body, quote, items, transaction), find)
  }
  const writeForKey = (key: Claim) =>
    deps.database.transaction(async (transaction) => {
      const found = await write(transaction)
      await key.attach(found.order.id, transaction)
      return found
    })
  const { order, isNew } = await (claim ? writeForKey(claim) : write(null))
  if (isNew) return { ...order, items: items.map((item) => ({ ...item, order_id: order.id })) }
  return (await withItems(deps.database, [order]))[0]!
}

type NewItem = Omit<OrderItemRow, 'order_id'>

function toItem({ productId, productName, price, quantity, imageUrl }: QuotedLine): NewItem {
  return {
    id: newId(),
    product_id: productId,
    product_name: productName,
    price: toDecimal(price),
    quantity,
    subtotal: toDecimal(price * quantity),
    image_url: imageUrl,
  }
}

const maxInserts = 3

type Find = () => Promise<OrderRow | undefined>

interface Found {
  order: OrderRow
  isNew: boolean
}

/**
 * An insert that meets no standing order was kept out by an order number that is taken, or by the first order of this
 * cart, which was rejected a moment later: either way the next one gets through.
 */
async function insertOrFind(insert: Find, find: Find): Promise<Found> {
  for (let n = 1; n <= maxInserts; n++) {
    const order = await insert()
    if (order) return { order, isNew: true }
    const found = await findStanding(find)
    if (found) return found
  }
  throw new Error('An order can be neither inserted nor found')
}

/** Another tab may have ordered this cart, and hold its last pieces: then that order is the answer. */
async function findOrRefuse(find: Find, refusal: Problem): Promise<Found> {
  const found = await findStanding(find)
  if (!found) throw refusal
  return found
}

async function findStanding(find: Find): Promise<Found | undefined> {
  const order = await find()
  if (order?.status === 'cancelled') throw alreadyOrdered(order)
  return order && { order, isNew: false }
}

/** The cart is about to be emptied: what was ordered and cancelled is not ordered again unasked. */
function alreadyOrdered({ id, order_number }: OrderRow): Problem {
  const detail = `This cart was ordered as ${order_number}, which is cancelled. Look at the cart and order again.`
  return new Problem(409, 'cart_already_ordered', detail, { extra: { orderId: id } })
}

/** The order, its items and its expiry in one statement; nothing where it meets a standing order. */
function insertOrder(
  { database, pricing, orderTtlMinutes }: Deps,
  user: User,
  body: Body,
  { cart, lines }: Quote,
  items: readonly NewItem[],
  transaction: Transaction | null,
) {
  const totals = computeTotals(lines, pricing)
  const id = newId()
  const expiry = laterPart('placed', 24, expireOrder.job(id), 'expires_at')
  return queryRow<OrderRow>(
    database,
    `WITH placed AS (
       INSERT INTO orders (id, user_id, order_number, status, payment_method, subtotal, shipping_amount, tax_amount,
         rounding_amount, total_amount, currency, shipping_address, notes, cart_id, cart_version, expires_at, traceparent)
       VALUES ($1, $2, $3, 'placing', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, now() + make_interval(secs => $15), $23)
       ON CONFLICT DO NOTHING RETURNING ${orderColumns}),
     items AS (
       INSERT INTO order_items (id, order_id, product_id, product_name, price, quantity, subtotal, image_url)
       SELECT i.id, placed.id, i.product_id, i.product_name, i.price, i.quantity, i.subtotal, i.image_url
       FROM placed, unnest($16::uuid[], $17::uuid[], $18::text[], $19::numeric[], $20::int[], $21::numeric[], $22::text[])
         AS i (id, product_id, product_name, price, quantity, subtotal, image_url)),
     ${expiry.sql}
     SELECT ${orderColumns} FROM placed`,
    [
      id,
      user.id,
      newOrderNumber(),
      body.paymentMethod ?? null,
      toDecimal(totals.subtotal),
      toDecimal(totals.shippingAmount),
      toDecimal(totals.taxAmount),
      signedDecimal(totals.roundingAmount),
      toDecimal(totals.totalAmount),
      pricing.currency,
      JSON.stringify(body.shippingAddress),
      body.notes ?? null,
      cart?.id ?? null,
      cart?.version ?? null,
      orderTtlMinutes * 60,
      items.map((item) => item.id),
      items.map((item) => item.product_id),
      items.map((item) => item.product_name),
      items.map((item) => item.price),
      items.map((item) => item.quantity),
      items.map((item) => item.subtotal),
      items.map((item) => item.image_url),
      currentTraceparent() ?? null,
      ...expiry.values,
    ],
    transaction,
  )
}

function signedDecimal(minor: number): string {
  return minor < 0 ? `-${toDecimal(-minor)}` : toDecimal(minor)
}

async function findByCart({ database }: Deps, { cart }: Quote, transaction: Transaction | null) {
  const sql = `SELECT ${orderColumns} FROM orders WHERE cart_id = $1 AND cart_version = $2 AND status <> 'rejected'`
  return cart ? queryRow<OrderRow>(database, sql, [cart.id, cart.version], transaction) : undefined
}
