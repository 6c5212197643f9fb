import { randomUUID } from 'node:crypto'
import { type orderContract, toMinor } from '@duka/contracts'
import { readStock } from './browse-catalogue'
import { expectProblem, expectSame, expectStatus, waitFor } from './expect'
import { type Line, readCart, totalOf } from './fill-cart'
import type { ShopClient } from './shop-client'
import type { Tour } from './tour'

export type Order = orderContract.Order

/** A product page may be up to five seconds old, and what the shop does behind an answer takes a moment more. */
const cacheSeconds = 8

const shippingAddress = {
  street: 'Moi Avenue 12',
  city: 'Nairobi',
  country: 'Kenya',
  recipient: 'Wanjiku Njeri',
  phoneNumber: '0712345678',
}

/** Orders the cart, twice with one key; then the cart is empty and the stock lower by just that. */
export async function orderCart(tour: Tour, token: string, lines: Line[]): Promise<Order> {
  const { shop, step } = tour
  const headers = { 'Idempotency-Key': randomUUID() }
  const body = { shippingAddress, paymentMethod: 'mpesa', notes: 'Call at the gate' }
  const before = await Promise.all(lines.map(({ product }) => readStock(shop, product.id)))
  const order = await step('The cart is ordered', async (saw) => {
    const placed = await place(shop, token, body, headers)
    saw(checkOrder(placed, lines))
    return placed
  })
  await step('The same order sent again gives the same order', async (saw) => {
    const answer = await shop.send<{ order: Order }>('POST', '/api/orders', { token, body, headers })
    expectSame('id of the repeated order', expectStatus(answer, 201).order.id, order.id)
    expectSame('Idempotency-Replayed', answer.headers.get('idempotency-replayed'), 'true')
    const other = await shop.send('POST', '/api/orders', { token, body: { ...body, notes: 'Another' }, headers })
    expectProblem(other, 422, 'idempotency_key_reused')
    saw(`${order.orderNumber} replayed; another body under its key: 422`)
  })
  await step('The stock is lower by just what was ordered', async (saw) =>
    saw(await watchStock(shop, lines, before, -1)),
  )
  await step('The cart is empty', async (saw) => {
    await waitFor({
      what: 'lines in the cart after the order',
      expected: '0',
      timeoutSeconds: cacheSeconds,
      look: async () => (await readCart(tour, token)).items.length,
      isThere: (count) => count === 0,
    })
    saw('0 lines')
  })
  return order
}

/** Orders items without a cart, with a price of the client's own that must not count. */
export async function orderDirectly({ shop, step }: Tour, token: string, line: Line): Promise<Order> {
  const before = await readStock(shop, line.product.id)
  return step('A second order comes directly from items', async (saw) => {
    const items = [{ productId: line.product.id, quantity: line.quantity, price: 1, name: 'A bargain' }]
    const order = await place(shop, token, { items, shippingAddress }, { 'Idempotency-Key': randomUUID() })
    const figures = checkOrder(order, [line])
    await watchStock(shop, [line], [before], -1)
    saw(`${figures}; the price sent along was ignored`)
    return order
  })
}

/** Cancels the second order and waits for its pieces to be back. */
export async function cancelOrder({ shop, step }: Tour, token: string, order: Order, line: Line): Promise<void> {
  const before = await readStock(shop, line.product.id)
  await step('The customer cancels it, and its stock is back', async (saw) => {
    const answer = await shop.send<{ order: Order }>('PUT', `/api/orders/${order.id}/cancel`, { token, body: {} })
    const cancelled = expectStatus(answer, 200).order
    expectSame('status after cancelling', cancelled.status, 'cancelled')
    saw(`${order.orderNumber} ${cancelled.status}; ${await watchStock(shop, [line], [before], 1)}`)
  })
}

export async function readOrder(shop: ShopClient, token: string, id: string): Promise<Order> {
  return expectStatus(await shop.send<{ order: Order }>('GET', `/api/orders/${id}`, { token }), 200).order
}

async function place(shop: ShopClient, token: string, body: unknown, headers: Record<string, string>): Promise<Order> {
  return expectStatus(await shop.send<{ order: Order }>('POST', '/api/orders', { token, body, headers }), 201).order
}

/** Compares an order with what was asked for, in whole cents, and says it in words. */
function checkOrder(order: Order, lines: Line[]): string {
  expectSame('lines of the order', order.items.length, lines.length)
  for (const { product, quantity } of lines) {
    const item = order.items.find(({ productId }) => productId === product.id)
    expectSame(`ordered quantity of ${product.name}`, item?.quantity, quantity)
    expectSame(`ordered subtotal of ${product.name}`, toMinor(item?.subtotal ?? 0), toMinor(product.price) * quantity)
  }
  expectSame('subtotal of the order, in cents', toMinor(order.subtotal), totalOf(lines))
  const total = totalOf(lines) + toMinor(order.shippingAmount) + signedMinor(order.roundingAmount)
  expectSame('totalAmount of the order, in cents', toMinor(order.totalAmount), total)
  expectSame('status of a new order', order.status, 'pending')
  expectSame('paymentStatus of a new order', order.paymentStatus, 'pending')
  return `${order.orderNumber}, ${order.items.length} line(s), ${order.currency} ${order.totalAmount}, ${order.status}`
}

/** Waits until each product's stock has moved by its line's quantity, down (-1) or up (1). */
async function watchStock(shop: ShopClient, lines: Line[], before: number[], direction: 1 | -1) {
  const moves = lines.map(async ({ product, quantity }, index) => {
    const from = before[index] ?? 0
    const stock = await waitFor({
      what: `stock of ${product.name} (it was ${from}; nobody else may be buying meanwhile)`,
      expected: String(from + direction * quantity),
      timeoutSeconds: cacheSeconds,
      look: () => readStock(shop, product.id),
      isThere: (seen) => seen === from + direction * quantity,
    })
    return `${product.name} ${from} → ${stock}`
  })
  return (await Promise.all(moves)).join(', ')
}

/** A rounding may go either way, while toMinor takes amounts of money only. */
function signedMinor(amount: number): number {
  return Math.sign(amount) * toMinor(Math.abs(amount))
}
