import type { Line, Purchase } from './buy'
import type { Customers } from './customers'
import { fireRequests } from './fire-requests'
import type { Phones } from './phones'
import { emptyCarts, orderCase, pacedPurchaseCase, purchaseCase, webhookCase } from './purchase-cases'
import type { Reservations } from './reservations'
import type { Sample } from './sample'
import type { Product } from './stock-shop'

/** Where a load goes: the shop or the reference. Both get the same requests. */
export interface Target {
  url: string
  isReference?: true
  /** Journeys that ended well. */
  purchases: Purchase[]
  /** Lines of orders that nobody pays, so that they are held. */
  held: Line[]
}

export function newTarget(url: string): Target {
  return { url, purchases: [], held: [] }
}

export interface BenchCase {
  name: string
  /** How many products the catalogue has, where the case is measured at several sizes of it. */
  products?: number
  unit: 'requests' | 'journeys'
  /** Measures the gateway alone, in front of the reference's route, instead of the whole shop. */
  isGatewayOnly?: true
  /** Asks the product service itself, as order does, and not the gateway. */
  isInternal?: true
  warmUpSeconds: number
  /** It is not measured at more. */
  maxConnections?: number
  /** Brings the shop back to where a round begins; not measured. */
  prepare?(target: Target, connections: number): Promise<void>
  run(target: Target, connections: number, seconds: number): Promise<Sample>
}

export interface World {
  customers: Customers
  products: Product[]
  reservations: Reservations
  phones: Phones
}

/** Lines in the cart that is added to. */
export const cartLines = 5
export const listPath = '/api/products?limit=20'
export const loginPath = '/api/auth/login'
export const profilePath = '/api/auth/profile'

/** In the order in which they run. */
export const caseNames = [
  'gateway',
  'product-list',
  'product-detail',
  'login',
  'profile',
  'add-to-cart',
  'reserve',
  'place-order',
  'webhook',
  'whole-purchase',
  'paced-purchase',
] as const

export type CaseName = (typeof caseNames)[number]

/** Every case. A new one is a name above and a line here. */
export function createCases(world: World): BenchCase[] {
  const [product] = world.products
  const productPath = `/api/products/${product?.id}`
  return [
    { ...readCase('gateway', productPath), isGatewayOnly: true },
    readCase('product-list', listPath),
    readCase('product-detail', productPath),
    loginCase(world),
    profileCase(world),
    addToCartCase(world),
    reserveCase(world),
    orderCase(world),
    webhookCase(world),
    purchaseCase(world),
    pacedPurchaseCase(world),
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

/** Each connection is a customer who signs in over and over. */
function loginCase({ customers }: World): BenchCase {
  const requestsOf = (connection: number) => {
    const { email, password } = customers.fillers[connection] ?? {}
    const headers = { 'content-type': 'application/json' }
    return [{ method: 'POST' as const, path: loginPath, headers, body: JSON.stringify({ email, password }) }]
  }
  return {
    name: 'login',
    unit: 'requests',
    warmUpSeconds: 4,
    // Hashing is made to refuse a crowd: auth lets 26 in or wait.
    maxConnections: 16,
    run: ({ url }, connections, seconds) => fireRequests({ url, connections, seconds, requestsOf }),
  }
}

/** A read that needs a token, which both the gateway and auth check. */
function profileCase({ customers }: World): BenchCase {
  const requestsOf = (connection: number) => {
    const headers = { authorization: `Bearer ${customers.fillers[connection]?.token}` }
    return [{ method: 'GET' as const, path: profilePath, headers }]
  }
  return {
    name: 'profile',
    unit: 'requests',
    warmUpSeconds: 4,
    run: ({ url }, connections, seconds) => fireRequests({ url, connections, seconds, requestsOf }),
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
    prepare: ({ url }, connections) => emptyCarts(url, customers.fillers.slice(0, connections)),
    run: ({ url }, connections, seconds) => fireRequests({ url, connections, seconds, requestsOf }),
  }
}

/** Orders that all want the same product: each connection reserves a piece for one after the other. */
function reserveCase({ reservations }: World): BenchCase {
  return {
    name: 'reserve',
    unit: 'requests',
    isInternal: true,
    warmUpSeconds: 4,
    run: ({ url }, connections, seconds) =>
      fireRequests({ url, connections, seconds, requestsOf: () => [reservations.nextRequest()] }),
  }
}
