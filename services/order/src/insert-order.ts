import { type orderContract as contract, type InputOf, toDecimal } from '@duka/contracts'
import { currentTraceparent, laterPart, newId, queryRow, type User } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { expireOrder } from './expire-orders'
import { newOrderNumber, type OrderItemRow, type OrderRow, type OrderWithItems, orderColumns } from './order'
import { gatePart } from './orders-in-cart'
import type { Quote, QuotedLine } from './quote-lines'
import { computeTotals } from './totals'

type Body = InputOf<typeof contract.placeOrder>['body']

/**
 * The order, its items and its expiry in one statement. Nothing where it meets an order of this state of the cart, or one
 * that may have taken something of the same cart and was not counted.
 */
export async function insertOrder(
  { database, pricing, orderTtlMinutes }: Deps,
  user: User,
  body: Body,
  { cart, lines }: Quote,
  transaction: Transaction | null,
): Promise<OrderWithItems | undefined> {
  const totals = computeTotals(lines, pricing)
  const id = newId()
  const items = lines.map(toItem)
  const expiry = laterPart('placed', 25, expireOrder.job(id), 'expires_at')
  const gate = cart && gatePart(25 + expiry.values.length, user, id, cart)
  const order = await queryRow<OrderRow>(
    database,
    `WITH ${gate ? `${gate.sql},` : ''} placed AS (
       INSERT INTO orders (id, user_id, order_number, status, payment_method, subtotal, shipping_amount, tax_amount,
         rounding_amount, total_amount, currency, shipping_address, notes, cart_id, cart_version, expires_at, traceparent)
       SELECT $1::uuid, $2::uuid, $3, 'placing', $4, $5::numeric, $6::numeric, $7::numeric, $8::numeric, $9::numeric, $10,
         $11::jsonb, $12, $13::uuid, $14::integer, now() + make_interval(secs => $15), $24 ${gate ? 'FROM gate' : ''}
       ON CONFLICT DO NOTHING RETURNING ${orderColumns}),
     items AS (
       INSERT INTO order_items (id, order_id, product_id, product_name, price, quantity, subtotal, image_url, cart_quantity)
       SELECT i.id, placed.id, i.product_id, i.product_name, i.price, i.quantity, i.subtotal, i.image_url, i.cart_quantity
       FROM placed, unnest($16::uuid[], $17::uuid[], $18::text[], $19::numeric[], $20::int[], $21::numeric[], $22::text[],
         $23::int[]) AS i (id, product_id, product_name, price, quantity, subtotal, image_url, cart_quantity)),
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
      lines.map((line) => line.cartQuantity),
      currentTraceparent() ?? null,
      ...expiry.values,
      ...(gate?.values ?? []),
    ],
    transaction,
  )
  return order && { ...order, items: items.map((item) => ({ ...item, order_id: id })) }
}

function signedDecimal(minor: number): string {
  return minor < 0 ? `-${toDecimal(-minor)}` : toDecimal(minor)
}

function toItem({ productId, productName, price, quantity, imageUrl }: QuotedLine): Omit<OrderItemRow, 'order_id'> {
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
