import { randomUUID } from 'node:crypto'
import { type Account, nextPhone, type TestShop } from '../shop-support'

export const address = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }

/** A customer who has one of everything, and the admin. */
export interface World {
  shop: TestShop
  admin: string
  customer: Account
  productId: string
  orderId: string
  paymentId: string
  checkoutRequestId: string
  cartItemId: string
}

export async function makeWorld(shop: TestShop): Promise<World> {
  const customer = await shop.openAccount()
  const { id: productId } = await shop.createProduct({ stock: 1000, price: 1200 })
  const [order, cart] = await Promise.all([
    placeOrder(shop, customer.token, productId),
    fillCart(shop, productId, customer.token),
  ])
  const asked = await shop.post('/api/payments/mpesa', { orderId: order.id, phoneNumber: nextPhone() }, customer.token)
  expect(asked.status).toBe(201)
  const { payment, checkoutRequestId } = asked.body as { payment: { id: string }; checkoutRequestId: string }
  return {
    shop,
    admin: await shop.admin(),
    customer,
    productId,
    orderId: order.id,
    paymentId: payment.id,
    checkoutRequestId,
    cartItemId: cart.itemId,
  }
}

export async function placeOrder(shop: TestShop, token: string, productId: string): Promise<{ id: string }> {
  const body = { items: [{ productId, quantity: 1 }], shippingAddress: address }
  const placed = await shop.post('/api/orders', body, token)
  expect(placed.status).toBe(201)
  return (placed.body as { order: { id: string } }).order
}

/** Puts one piece into a cart: a new guest's, whose token comes with the answer, unless a user is given. */
export async function fillCart(shop: TestShop, productId: string, token?: string) {
  const answer = await shop.post('/api/cart/items', { productId, quantity: 1 }, token)
  expect(answer.status).toBe(200)
  const { cart } = answer.body as { cart: { items: { id: string }[] } }
  return { itemId: cart.items[0]!.id, cartToken: answer.headers.get('x-cart-token') ?? '' }
}

export async function makeProduct(shop: TestShop): Promise<string> {
  return (await shop.createProduct({ stock: 10, price: 1200 })).id
}

export const unknownSecret = () => randomUUID().replaceAll('-', '')
