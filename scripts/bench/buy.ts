import { setTimeout as delay } from 'node:timers/promises'
import type { orderContract } from '@duka/contracts'
import type { Customer } from './customers'
import { type JsonClient, UnexpectedAnswer } from './json-client'

export interface Line {
  productId: string
  quantity: number
}

/** A journey that ended with a paid order. */
export interface Purchase {
  customer: Customer
  orderId: string
  lines: Line[]
  /** The provider's id of the prompt. */
  checkoutRequestId: string
  parts: Record<string, number>
}

type Order = orderContract.Order

const shippingAddress = { street: 'Moi Avenue 12', city: 'Nairobi', country: 'Kenya' }

// The customer's page looks at once and then less and less often.
const firstPauseMs = 25
const pauseGrowth = 1.5
const longestPauseMs = 250
const patienceMs = 60_000

/**
 * A whole purchase: puts the lines into the cart, orders, asks for a prompt on the phone and looks at the order until it
 * is paid. Throws an UnexpectedAnswer where the shop does anything else.
 */
export async function buy(client: JsonClient, customer: Customer, lines: Line[]): Promise<Purchase> {
  const { token } = customer
  const parts: Record<string, number> = {}
  const time = async <T>(part: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await work()
    parts[part] = performance.now() - startedAt
    return result
  }
  await time('add lines', async () => {
    for (const body of lines) await client.send('POST', '/api/cart/items', 200, { token, body })
  })
  const order = await time('order', () => placeOrder(client, customer))
  const checkoutRequestId = await time('STK Push', () => askForMoney(client, customer, order.id))
  const looks = await time('until paid', () => waitUntilPaid(client, token, order.id))
  return { customer, orderId: order.id, lines, checkoutRequestId, parts: { ...parts, looks } }
}

/** Orders what is in the cart, or these lines. */
export async function placeOrder(client: JsonClient, { token }: Customer, items?: Line[]): Promise<Order> {
  const body = { shippingAddress, paymentMethod: 'mpesa', items }
  return (await client.send<{ order: Order }>('POST', '/api/orders', 201, { token, body })).order
}

/** Brings the provider's id of the prompt. */
export async function askForMoney(client: JsonClient, customer: Customer, orderId: string): Promise<string> {
  const { token, phoneNumber } = customer
  const sent = { token, body: { orderId, phoneNumber } }
  return (await client.send<{ checkoutRequestId: string }>('POST', '/api/payments/mpesa', 201, sent)).checkoutRequestId
}

/** Brings how many times it looked. */
async function waitUntilPaid(client: JsonClient, token: string, id: string): Promise<number> {
  const giveUpAt = performance.now() + patienceMs
  for (let looks = 1, pauseMs = firstPauseMs; ; looks++) {
    const { order } = await client.send<{ order: Order }>('GET', `/api/orders/${id}`, 200, { token })
    if (order.status === 'paid') return looks
    if (performance.now() > giveUpAt) throw new UnexpectedAnswer(`an order is ${order.status} after ${patienceMs} ms`)
    await delay(pauseMs)
    pauseMs = Math.min(longestPauseMs, pauseMs * pauseGrowth)
  }
}
