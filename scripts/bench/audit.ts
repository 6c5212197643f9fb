import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type orderContract, type paymentContract, toMinor } from '@duka/contracts'
import { expectStatus } from '../demo-shop/expect'
import { createShopClient } from '../demo-shop/shop-client'
import type { Line, Purchase } from './buy'
import { type Customers, forEach } from './customers'
import { createJsonClient, type JsonClient } from './json-client'
import { type Product, readStock } from './stock-shop'

export interface Books {
  url: string
  simulatorUrl: string
  customers: Customers
  products: Product[]
  /** What could be bought of each product before the first journey. */
  stockBefore: Map<string, number>
  purchases: Purchase[]
  /** Lines of orders that nobody paid, whose stock is held. */
  held?: Line[]
  /** How long what does not add up may take to do so; what the shop does behind an answer takes a moment. */
  quietMs?: number
}

const atOnce = 16
const shownProblems = 10
// A cached product page may be five seconds old.
const defaultQuietMs = 15_000
const pollMs = 500

/**
 * Looks whether the journeys' money and stock add up: every order paid, by one payment of its total; the provider's
 * ledger the same sum; the stock lower by what was sold. Gives what does not, in words.
 */
export async function auditPurchases(books: Books): Promise<string[]> {
  await books.customers.keepSignedIn()
  const totals: number[] = []
  const problems = await checkOrders(books, totals)
  const giveUpAt = Date.now() + (books.quietMs ?? defaultQuietMs)
  for (;;) {
    const open = [...(await checkLedger(books, totals)), ...(await checkStock(books))]
    if (open.length === 0 || Date.now() > giveUpAt) return shorten([...problems, ...open])
    await delay(pollMs)
  }
}

async function checkOrders({ url, purchases }: Books, totals: number[]): Promise<string[]> {
  const problems: string[] = []
  const client = createJsonClient(url, atOnce)
  await forEach(purchases, atOnce, async (purchase) => {
    const { total, problem } = await checkOrder(client, purchase)
    totals.push(total)
    if (problem) problems.push(problem)
  }).finally(() => client.close())
  return problems
}

async function checkOrder(client: JsonClient, { customer, orderId, lines }: Purchase) {
  const { token } = customer
  const { order } = await client.send<{ order: orderContract.Order }>('GET', `/api/orders/${orderId}`, 200, { token })
  const { payments } = await client.send<{ payments: paymentContract.Payment[] }>(
    'GET',
    `/api/payments/order/${orderId}`,
    200,
    { token },
  )
  const total = toMinor(order.totalAmount)
  const completed = payments.filter(({ status }) => status === 'completed')
  const paid = completed.map(({ amount }) => toMinor(amount))
  const wrong = [
    order.status === 'paid' && order.paymentStatus === 'paid' ? '' : `is ${order.status}, ${order.paymentStatus}`,
    isDeepStrictEqual(linesOf(order.items), linesOf(lines)) ? '' : 'has other lines than were put into the cart',
    isDeepStrictEqual(paid, [total]) ? '' : `costs ${total} cents and was paid [${paid}]`,
    // Without one, the money was not found by its callback but by asking for it much later.
    completed.every(({ transactionId }) => transactionId) ? '' : 'has a payment without a receipt',
  ].filter(Boolean)
  return { total, problem: wrong.length > 0 ? `order ${order.orderNumber} ${wrong.join(', ')}` : undefined }
}

function linesOf(lines: Line[]): string[] {
  return lines.map(({ productId, quantity }) => `${productId} ${quantity}`).sort()
}

async function checkLedger({ simulatorUrl }: Books, totals: number[]): Promise<string[]> {
  const path = '/control/ledger?limit=1'
  const answer = await createShopClient(simulatorUrl).send<{ totals: { payments: number } }>('GET', path)
  const received = toMinor(expectStatus(answer, 200).totals.payments)
  const due = totals.reduce((sum, each) => sum + each, 0)
  return received === due ? [] : [`the provider was paid ${received} cents, the orders add up to ${due}`]
}

async function checkStock({ url, products, stockBefore, purchases, held = [] }: Books): Promise<string[]> {
  const sold = new Map<string, number>()
  for (const { productId, quantity } of [...purchases.flatMap(({ lines }) => lines), ...held]) {
    sold.set(productId, (sold.get(productId) ?? 0) + quantity)
  }
  const stock = await readStock(url, products)
  return products.flatMap(({ id, name }) => {
    const before = stockBefore.get(id) ?? 0
    const expected = before - (sold.get(id) ?? 0)
    return stock.get(id) === expected ? [] : [`the stock of ${name} is ${stock.get(id)}, and should be ${expected}`]
  })
}

function shorten(problems: string[]): string[] {
  const rest = problems.length - shownProblems
  return rest > 0 ? [...problems.slice(0, shownProblems), `and ${rest} more`] : problems
}
