import type { Line, Purchase } from './buy'
import type { Customer, Customers } from './customers'
import { fireRequests } from './fire-requests'
import { createJsonClient } from './json-client'
import { runJourneys } from './run-journeys'
import type { Sample } from './sample'
import type { Product } from './stock-shop'

/** Where a load goes: the shop or the reference. Both get the same requests. */
export interface Target {
  url: string
  /** Journeys that ended well. */
  purchases: Purchase[]
}

export interface BenchCase {
  name: CaseName
  unit: 'requests' | 'journeys'
  warmUpSeconds: number
  /** Brings the shop back to where a round begins; not measured. */
  prepare?(url: string, connections: number): Promise<void>
  run(target: Target, connections: number, seconds: number): Promise<Sample>
}

export interface World {
  customers: Customers
  products: Product[]
}

/** Lines in the cart that is added to. */
export const cartLines = 5
export const listPath = '/api/products?limit=20'

/** In the order in which they run. */
export const caseNames = ['product-list', 'product-detail', 'add-to-cart', 'whole-purchase'] as const

export type CaseName = (typeof caseNames)[number]

/** Every case. A new one is a name above and a line here. */
export function createCases(world: World): BenchCase[] {
  const [product] = world.products
  return [
    readCase('product-list', listPath),
    readCase('product-detail', `/api/products/${product?.id}`),
    addToCartCase(world),
    purchaseCase(world),
  ]
}

function readCase(name: CaseName, path: string): BenchCase {
  const requests = [{ method: 'GET' as const, path }]
  return {
    name,
    unit: 'requests',
    warmUpSeconds: 4,
    run: ({ url }, connections, seconds) => fireRequests({ url, connections, seconds, requestsOf: () => requests }),
  }
}

/** Each connection is a customer whose cart keeps a few lines, which get a piece more at a time. */
function addToCartCase({ customers, products }: World): BenchCase {
  const bodies = products.slice(0, cartLines).map(({ id }) => JSON.stringify({ productId: id, quantity: 1 }))
  const requestsOf = (connection: number) => {
    const headers = {
      authorization: `Bearer ${customers.fillers[connection]?.token}`,
      'content-type': 'application/json',
    }
    return bodies.map((body) => ({ method: 'POST' as const, path: '/api/cart/items', headers, body }))
  }
  return {
    name: 'add-to-cart',
    unit: 'requests',
    warmUpSeconds: 4,
    prepare: (url, connections) => emptyCarts(url, customers.fillers.slice(0, connections)),
    run: ({ url }, connections, seconds) => fireRequests({ url, connections, seconds, requestsOf }),
  }
}

function purchaseCase({ customers, products }: World): BenchCase {
  const nextLines = createBasket(products)
  return {
    name: 'whole-purchase',
    unit: 'journeys',
    // The first hundreds cost twice as much, until the compiler has settled on all that a journey runs.
    warmUpSeconds: 12,
    prepare: (url, connections) => emptyCarts(url, customers.buyers.slice(0, connections)),
    run: ({ url, purchases }, connections, seconds) =>
      runJourneys({
        url,
        customers: customers.buyers.slice(0, connections),
        seconds,
        nextLines,
        onPurchase: (purchase) => purchases.push(purchase),
      }),
  }
}

/** Two lines at a time, all through the catalogue, as shoppers do not all want the same. */
export function createBasket(products: Product[]): () => Line[] {
  let next = 0
  const line = (quantity: number) => ({ productId: products[next++ % products.length]?.id ?? '', quantity })
  return () => [line(1), line(2)]
}

async function emptyCarts(url: string, customers: Customer[]): Promise<void> {
  const client = createJsonClient(url, customers.length)
  const clear = customers.map(({ token }) => client.send('DELETE', '/api/cart', 200, { token }))
  await Promise.all(clear).finally(() => client.close())
}
