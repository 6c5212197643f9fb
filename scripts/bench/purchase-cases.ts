import { askForMoney, buy, type Line, type Purchase, placeOrder } from './buy'
import type { BenchCase, Target, World } from './cases'
import { type Customer, forEach } from './customers'
import { createJsonClient, type JsonClient, UnexpectedAnswer } from './json-client'
import type { Callback } from './phones'
import { runJourneys } from './run-journeys'
import type { Failure, Sample } from './sample'
import type { Product } from './stock-shop'

/** Journeys of the whole way, one after the other. */
export function purchaseCase(world: World): BenchCase {
  return {
    name: 'whole-purchase',
    unit: 'journeys',
    // The first hundreds cost twice as much, until the compiler has settled on all that a journey runs.
    warmUpSeconds: 12,
    prepare: ({ url }, connections) => emptyCarts(url, world.customers.buyers.slice(0, connections)),
    run: runPurchases(world),
  }
}

const pacedEveryMs = 1_000

/** The same where each shopper begins one a second: what it takes where the shop is not at its limit. */
export function pacedPurchaseCase(world: World): BenchCase {
  const { prepare } = purchaseCase(world)
  const run = runPurchases(world, pacedEveryMs)
  return { name: 'paced-purchase', unit: 'journeys', warmUpSeconds: 4, maxConnections: 16, prepare, run }
}

function runPurchases({ customers, products, phones }: World, everyMs = 0): BenchCase['run'] {
  const nextLines = createBasket(products)
  return async ({ url, purchases, isReference }, connections, seconds) => {
    const before = purchases.length
    const journey = async (client: JsonClient, customer: Customer) => {
      const purchase = await buy(client, customer, nextLines())
      purchases.push(purchase)
      return purchase.parts
    }
    const shoppers = customers.buyers.slice(0, connections)
    const sample = await runJourneys({ url, customers: shoppers, seconds, journey, recover: emptyCart, everyMs })
    if (isReference) return sample
    const ids = purchases.slice(before).map(({ checkoutRequestId }) => checkoutRequestId)
    return { ...sample, parts: { ...sample.parts, webhook: await phones.answerTimes(ids) } }
  }
}

/** Each connection is a customer who orders two lines at a time, without a cart. */
export function orderCase({ customers, products }: World): BenchCase {
  const nextLines = createBasket(products)
  return {
    name: 'place-order',
    unit: 'requests',
    warmUpSeconds: 6,
    run: ({ url, held }, connections, seconds) => {
      const journey = async (client: JsonClient, customer: Customer) => {
        const items = nextLines()
        await placeOrder(client, customer, items)
        held.push(...items)
        return {}
      }
      return runJourneys({ url, customers: customers.buyers.slice(0, connections), seconds, journey })
    },
  }
}

/** Few enough to be delivered before the shop asks what became of them. */
const callbacksAtOnce = 300

/** Each connection delivers one callback after the other, each the first one of a live payment. */
export function webhookCase(world: World): BenchCase {
  let callbacks: Callback[] = []
  return {
    name: 'webhook',
    unit: 'requests',
    warmUpSeconds: 4,
    prepare: async (target) => {
      callbacks = await makeCallbacks(world, target, callbacksAtOnce)
    },
    run: ({ url, isReference }, connections) => {
      const due = isReference ? Array.from({ length: callbacksAtOnce }, () => anyCallback) : callbacks.splice(0)
      return deliver(url, due, connections)
    },
  }
}

/** What a route that answers every callback the same is sent. */
const anyCallback: Callback = { path: `/api/webhook/m/${'0'.repeat(64)}`, body: {} }

/** Orders and prompts that are paid, but whose callbacks nobody delivered yet. */
export async function makeCallbacks(world: World, { url, purchases }: Target, count: number): Promise<Callback[]> {
  const { customers, products, phones } = world
  const nextLines = createBasket(products)
  const client = createJsonClient(url, customers.buyers.length)
  const callbacks: Callback[] = []
  let left = count
  await phones.withholdCallbacks(true)
  try {
    await forEach(customers.buyers, customers.buyers.length, async (customer) => {
      while (left-- > 0) {
        const purchase = await askToPay(client, customer, nextLines())
        purchases.push(purchase)
        callbacks.push(await phones.callbackOf(purchase.checkoutRequestId))
      }
    })
  } finally {
    client.close()
    await phones.withholdCallbacks(false)
  }
  return callbacks
}

async function askToPay(client: JsonClient, customer: Customer, lines: Line[]): Promise<Purchase> {
  const { id: orderId } = await placeOrder(client, customer, lines)
  return { customer, orderId, lines, checkoutRequestId: await askForMoney(client, customer, orderId), parts: {} }
}

async function deliver(url: string, callbacks: Callback[], connections: number): Promise<Sample> {
  const latenciesMs: number[] = []
  const failures: Failure[] = []
  const client = createJsonClient(url, connections)
  const startedAt = performance.now()
  await forEach(callbacks, connections, async ({ path, body }) => {
    const sentAt = performance.now()
    try {
      await client.send('POST', path, 200, { body })
      latenciesMs.push(performance.now() - sentAt)
    } catch (error) {
      if (!(error instanceof UnexpectedAnswer)) throw error
      failures.push({ what: error.message, requestId: error.requestId })
    }
  }).finally(() => client.close())
  const [count, seconds] = [latenciesMs.length, (performance.now() - startedAt) / 1000]
  return { count, seconds, latenciesMs, finished: callbacks.length, failures, parts: {} }
}

/** Two lines at a time, all through the catalogue, as shoppers do not all want the same. */
export function createBasket(products: Product[]): () => Line[] {
  let next = 0
  const line = (quantity: number) => ({ productId: products[next++ % products.length]?.id ?? '', quantity })
  return () => [line(1), line(2)]
}

export async function emptyCarts(url: string, customers: Customer[]): Promise<void> {
  const client = createJsonClient(url, customers.length)
  await Promise.all(customers.map((customer) => emptyCart(client, customer))).finally(() => client.close())
}

/** What is left in a cart must not go into the next order. */
export function emptyCart(client: JsonClient, { token }: Customer): Promise<unknown> {
  return client.send('DELETE', '/api/cart', 200, { token })
}
