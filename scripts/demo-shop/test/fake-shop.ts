import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const admin = { email: 'admin@duka.test', password: 'an-admin-password' }

interface FakeProduct {
  sku: string
  isActive: boolean
}

/** As much of the shop's contract as seeding needs, with its memory laid open. */
export interface FakeShop {
  url: string
  products: Map<string, FakeProduct>
  customers: Set<string>
  /** How many of the next calls are answered 503. */
  busyCalls: number
  close(): Promise<void>
}

export async function startFakeShop(): Promise<FakeShop> {
  const server = createServer((request, response) => void answer(shop, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const shop: FakeShop = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    products: new Map(),
    customers: new Set(),
    busyCalls: 0,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return shop
}

async function answer(shop: FakeShop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks = await request.toArray()
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}
  const [status, json] = route(shop, `${request.method} ${request.url}`, body, request.headers.authorization)
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' }).end(JSON.stringify(json))
}

function route(shop: FakeShop, call: string, body: Record<string, string>, token?: string): [number, unknown] {
  if (shop.busyCalls > 0) {
    shop.busyCalls -= 1
    return [503, { code: 'service_unavailable' }]
  }
  if (call === 'GET /api/products?limit=100') {
    const products = [...shop.products.values()].filter(({ isActive }) => isActive)
    return [200, { products, totalProducts: products.length }]
  }
  if (call === 'POST /api/auth/login')
    return body.password === admin.password ? [200, { token: 'admin' }] : [401, { code: 'invalid_credentials' }]
  if (call === 'POST /api/auth/register') return addTo(shop.customers, body.email, 'email_taken')
  if (call === 'POST /api/products')
    return token === 'Bearer admin' ? addProduct(shop, body) : [403, { code: 'forbidden' }]
  return [404, { code: 'not_found' }]
}

function addTo(customers: Set<string>, email = '', code: string): [number, unknown] {
  if (customers.has(email)) return [409, { code }]
  customers.add(email)
  return [201, {}]
}

function addProduct(shop: FakeShop, { sku = '', ...rest }: Record<string, string>): [number, unknown] {
  if (shop.products.has(sku)) return [409, { code: 'sku_taken' }]
  shop.products.set(sku, { ...rest, sku, isActive: true })
  return [201, {}]
}
