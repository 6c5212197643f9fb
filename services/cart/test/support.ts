import { randomUUID } from 'node:crypto'
import { type cartContract, productContract } from '@duka/contracts'
import { connectDatabase, createClient, Problem, queryRows, route } from '@duka/kit'
import {
  asService,
  asUser,
  createTestDatabase,
  silentLog,
  startFakeService,
  testProof,
  verifyTestUser,
} from '@duka/testkit'
import type { Express } from 'express'
import supertest from 'supertest'
import { createApp } from '../src/app'
import { createCartStore } from '../src/cart-store'
import type { Deps } from '../src/deps'
import { keepOffers } from '../src/offers'
import { restClient } from '../src/rest-client'

interface FakeProduct {
  name: string
  price: number
  stock: number
  imageUrl: string | null
  onSale: boolean
}

/** A product service whose catalogue a test writes: it counts its calls, and can be down or slow. */
async function startFakeProduct() {
  const products = new Map<string, FakeProduct>()
  const state = { calls: 0, mood: 'up' as 'up' | 'down' | 'silent' }
  const running = await startFakeService('product', [
    route(productContract.checkStock, async ({ body }) => {
      state.calls += 1
      if (state.mood === 'down') throw new Problem(503, 'service_unavailable', 'Down.')
      if (state.mood === 'silent') await new Promise(() => undefined)
      const items = body.items.map((wanted) => toStockLine(wanted, products.get(wanted.productId)))
      return { available: items.every(({ sufficient }) => sufficient), items }
    }),
  ])
  return { ...running, products, state }
}

function toStockLine(wanted: { productId: string; quantity: number }, product: FakeProduct | undefined) {
  const found = product?.onSale ? product : undefined
  return {
    ...wanted,
    found: found !== undefined,
    sufficient: (found?.stock ?? 0) >= wanted.quantity,
    available: found?.stock ?? 0,
    name: found?.name ?? '',
    price: found?.price ?? 0,
    currency: 'KES',
    imageUrl: found?.imageUrl ?? null,
  }
}

export type Shop = Awaited<ReturnType<typeof startShop>>

/** The cart's app on a database of its own, beside a fake product. */
export async function startShop() {
  const testDatabase = await createTestDatabase('cart')
  const fake = await startFakeProduct()
  const database = connectDatabase({ url: testDatabase.url, applicationName: 'cart' })
  const proof = testProof('cart')
  let now = Date.now()
  const deps: Deps = {
    database,
    carts: createCartStore(database),
    log: silentLog,
    verifyUser: verifyTestUser,
    proof,
    product: restClient(createClient({ target: 'product', baseUrl: fake.url, proof, timeoutMs: 1_500 }), {
      target: 'product',
      now: () => now,
    }),
    offers: keepOffers(() => now),
    currency: 'KES',
  }
  return {
    app: createApp(deps),
    deps,
    product: fake.state,
    products: fake.products,
    /** Lets time pass for what is known of prices: after that product is asked again. */
    passTime: (ms = 10_000) => {
      now += ms
    },
    rows: <T extends object>(sql: string, bind: unknown[] = []) => queryRows<T>(database, sql, bind),
    async stop() {
      await database.close()
      await fake.stop()
      await testDatabase.drop()
    },
  }
}

/** Puts a product into the fake catalogue. */
export function stockProduct(shop: Shop, product: Partial<FakeProduct> = {}): string {
  const id = randomUUID()
  shop.products.set(id, { name: 'Kikoi', price: 1499.5, stock: 10, imageUrl: '/kikoi.svg', onSale: true, ...product })
  return id
}

/** Changes the catalogue, and lets the time pass in which carts may show what was so before. */
export function changeProduct(shop: Shop, id: string, change: Partial<FakeProduct>): void {
  shop.passTime()
  shop.products.set(id, { ...shop.products.get(id)!, ...change })
}

type Answer = supertest.Test

/** Somebody who shops: their headers go with every request. */
export interface Shopper {
  id: string
  read(): Answer
  add(productId: unknown, quantity?: unknown, headers?: Record<string, string>): Answer
  change(lineId: string, body: object): Answer
  remove(lineId: string): Answer
  clear(): Answer
  merge(cartToken: unknown): Answer
}

export function shopperWith(app: Express, headers: Record<string, string>, id = ''): Shopper {
  const client = supertest(app)
  return {
    id,
    read: () => client.get('/api/cart').set(headers),
    add: (productId, quantity = 1, more = {}) =>
      client.post('/api/cart/items').set(headers).set(more).send({ productId, quantity }),
    change: (lineId, body) => client.put(`/api/cart/items/${lineId}`).set(headers).send(body),
    remove: (lineId) => client.delete(`/api/cart/items/${lineId}`).set(headers),
    clear: () => client.delete('/api/cart').set(headers),
    merge: (cartToken) => client.post('/api/cart/merge').set(headers).send({ cartToken }),
  }
}

export function newUser(shop: Shop): Shopper {
  const id = randomUUID()
  return shopperWith(shop.app, { authorization: asUser(id) }, id)
}

/** A guest without a token, or with the one of an earlier answer. */
export function guest(shop: Shop, token?: string): Shopper {
  return shopperWith(shop.app, token === undefined ? {} : { 'x-cart-token': token })
}

/** A guest whose cart holds the given products. */
export async function guestWith(shop: Shop, wanted: [productId: string, quantity: number][]) {
  let token: string | undefined
  for (const [productId, quantity] of wanted) {
    const answer = await guest(shop, token).add(productId, quantity).expect(200)
    token ??= answer.get('x-cart-token')
  }
  return { token: token!, shopper: guest(shop, token) }
}

/** Calls one of the endpoints that only order may call. */
export function askAsOrder(shop: Shop, path: string, body: object, authorization = asService('order', 'cart')): Answer {
  return supertest(shop.app).post(path).set({ authorization }).send(body)
}

export async function checkout(shop: Shop, userId: string, orders?: string[]) {
  return (await askAsOrder(shop, '/api/internal/cart/checkout', { userId, orders }).expect(200)).body
}

export function lineOf(answer: supertest.Response, productId: string): cartContract.Cart['items'][number] {
  const cart = answer.body.cart as cartContract.Cart
  return cart.items.find((item) => item.productId === productId)!
}
