import { randomUUID } from 'node:crypto'
import type { productContract } from '@duka/contracts'
import { connectDatabase, queryRows } from '@duka/kit'
import { asService, asUser, createTestDatabase, silentLog, testProof, verifyTestUser } from '@duka/testkit'
import supertest from 'supertest'
import { createApp } from '../src/app'
import type { Deps } from '../src/deps'
import { createHoldStock } from '../src/hold-stock'
import { keepAnswers } from '../src/keep-answers'
import { keepCounts } from '../src/keep-counts'

export type Catalogue = Awaited<ReturnType<typeof startCatalogue>>
export type Product = productContract.Product

/** The product service's app on a database of its own; what it keeps grows old by the given clock. */
export async function startCatalogue(now?: () => number, currency = 'KES') {
  const testDatabase = await createTestDatabase('product')
  const database = connectDatabase({ url: testDatabase.url, applicationName: 'product' })
  const deps: Deps = {
    database,
    reads: database,
    log: silentLog,
    verifyUser: verifyTestUser,
    proof: testProof('product'),
    store: { currency, publicBaseUrl: 'https://shop.example' },
    counts: keepCounts(now),
    answers: keepAnswers(now),
    holdStock: createHoldStock(database),
  }
  const app = createApp(deps)
  const client = supertest(app)
  const adminId = randomUUID()
  const admin = { authorization: asUser(adminId, 'admin') }
  return {
    app,
    client,
    adminId,
    database,
    /** The same service once more on the same database, which hears nothing of what the first one changes. */
    startOther: () => createApp({ ...deps, counts: keepCounts(now), answers: keepAnswers(now) }),
    rows: <T extends object>(sql: string, bind: unknown[] = []) => queryRows<T>(database, sql, bind),
    asAdmin: (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: unknown) =>
      client[method](path)
        .set(admin)
        .send(body as object),
    asOrder: (path: string, body: unknown) =>
      client
        .post(`/api/internal/${path}`)
        .set({ authorization: asService('order', 'product') })
        .send(body as object),
    async stop() {
      await database.close()
      await testDatabase.drop()
    },
  }
}

let made = 0

/** Adds a product as an admin does. */
export async function addProduct(shop: Catalogue, product: object = {}): Promise<Product> {
  made += 1
  const body = { name: `Kanga ${made}`, price: 1499.5, sku: `KANGA-${made}`, stock: 10, ...product }
  const answer = await shop.asAdmin('post', '/api/products', body).expect(201)
  return answer.body.product as Product
}

export async function stockOf(shop: Catalogue, { id }: { id: string }): Promise<number> {
  const [row] = await shop.rows<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [id])
  return row!.stock
}

interface Line {
  productId: string
  quantity: number
  price: number | null
}

export function lineOf(product: Product, quantity: number, price: number | null = product.price): Line {
  return { productId: product.id, quantity, price }
}

/** One attempt of an order to hold lines. */
export function attemptOf(shop: Catalogue, items: Line[], key = { orderId: randomUUID() as string, attempt: 1 }) {
  return {
    key,
    reserve: () => shop.asOrder('reservations', { ...key, items }),
    commit: () => shop.asOrder('reservations/commit', key),
    release: () => shop.asOrder('reservations/release', { ...key, reason: 'The order does not stand.' }),
  }
}

const unsound = `
  SELECT p.id, p.stock, r.held, r.sold, m.owned, m.available, m.moved_held, m.moved_sold
  FROM products p
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.quantity) FILTER (WHERE r.status = 'active'), 0)::int AS held,
      coalesce(sum(l.quantity) FILTER (WHERE r.status = 'committed'), 0)::int AS sold
    FROM reservation_lines l JOIN reservations r USING (order_id, attempt) WHERE l.product_id = p.id) r
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(available_delta + held_delta + sold_delta)
        FILTER (WHERE kind NOT IN ('reserve', 'commit', 'release')), 0)::int AS owned,
      coalesce(sum(available_delta), 0)::int AS available,
      coalesce(sum(held_delta), 0)::int AS moved_held, coalesce(sum(sold_delta), 0)::int AS moved_sold
    FROM stock_movements WHERE product_id = p.id) m
  WHERE p.stock < 0 OR m.owned <> p.stock + r.held + r.sold
    OR m.available <> p.stock OR m.moved_held <> r.held OR m.moved_sold <> r.sold`

/** What the shop owns = what can be bought + what is held + what is sold, and the ledger says the same of each. */
export async function expectSoundLedger(shop: Catalogue): Promise<void> {
  expect(await shop.rows(unsound)).toEqual([])
}
