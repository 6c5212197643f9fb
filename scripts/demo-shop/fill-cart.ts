import { type cartContract, type productContract, toMinor } from '@duka/contracts'
import { expectSame, expectStatus } from './expect'
import type { Tour } from './tour'

type Cart = cartContract.Cart
type Product = productContract.Product

export interface Line {
  product: Product
  quantity: number
}

/** Adds, changes and removes; leaves three pieces of the first product and one of the second in the cart. */
export async function fillCart(tour: Tour, token: string, [a, b, c]: [Product, Product, Product]): Promise<Line[]> {
  const { step } = tour
  const send = (method: string, path: string, body?: unknown) => changeCart(tour, token, method, path, body)
  await step('A product goes into the cart twice', async (saw) => {
    await send('POST', '/api/cart/items', { productId: a.id, quantity: 1 })
    const cart = await send('POST', '/api/cart/items', { productId: a.id, quantity: 1 })
    saw(checkCart(cart, [line(a, 2)]))
  })
  await step('Two others join it', async (saw) => {
    await send('POST', '/api/cart/items', { productId: b.id, quantity: 1 })
    const cart = await send('POST', '/api/cart/items', { productId: c.id, quantity: 1 })
    saw(checkCart(cart, [line(a, 2), line(b, 1), line(c, 1)]))
  })
  await step('A quantity is changed', async (saw) => {
    const cart = await send('PUT', `/api/cart/items/${await itemOf(tour, token, a)}`, { quantity: 3 })
    saw(checkCart(cart, [line(a, 3), line(b, 1), line(c, 1)]))
  })
  return step('A line is removed', async (saw) => {
    await send('DELETE', `/api/cart/items/${await itemOf(tour, token, c)}`)
    const lines = [line(a, 3), line(b, 1)]
    saw(checkCart(await readCart(tour, token), lines))
    return lines
  })
}

export async function readCart({ shop }: Tour, token: string): Promise<Cart> {
  return expectStatus(await shop.send<{ cart: Cart }>('GET', '/api/cart', { token }), 200).cart
}

/** The sum of the lines in minor units. */
export function totalOf(lines: Line[]): number {
  return lines.reduce((sum, { product, quantity }) => sum + toMinor(product.price) * quantity, 0)
}

async function changeCart({ shop }: Tour, token: string, method: string, path: string, body?: unknown): Promise<Cart> {
  const answer = await shop.send<{ message: string; cart: Cart }>(method, path, { token, body })
  const { message, cart } = expectStatus(answer, 200)
  expectSame(`${answer.call}: type of message`, typeof message, 'string')
  return cart
}

async function itemOf(tour: Tour, token: string, { id, name }: Product): Promise<string> {
  const item = (await readCart(tour, token)).items.find(({ productId }) => productId === id)
  expectSame(`${name} in the cart`, item?.productName, name)
  return item?.id ?? ''
}

/** Compares line by line in whole cents, and says the cart in words. */
function checkCart(cart: Cart, lines: Line[]): string {
  expectSame('lines in the cart', cart.items.length, lines.length)
  for (const { product, quantity } of lines) {
    const item = cart.items.find(({ productId }) => productId === product.id)
    expectSame(`quantity of ${product.name}`, item?.quantity, quantity)
    expectSame(`price of ${product.name}`, toMinor(item?.price ?? 0), toMinor(product.price))
    expectSame(`subtotal of ${product.name}`, toMinor(item?.subtotal ?? 0), toMinor(product.price) * quantity)
  }
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  expectSame('itemCount', cart.itemCount, pieces)
  expectSame('totalAmount of the cart, in cents', toMinor(cart.totalAmount), totalOf(lines))
  return `${cart.items.length} line(s), ${pieces} pieces, ${cart.currency} ${cart.totalAmount}`
}

function line(product: Product, quantity: number): Line {
  return { product, quantity }
}
