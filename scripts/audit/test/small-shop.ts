import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestDatabase } from '@duka/testkit'
import { Client } from 'pg'
import { audited, type DatabaseUrls, openBooks } from '../books'
import { auditOnce, type Result } from '../run-audit'

type Name = (typeof audited)[number]

/** One order of its own product, as the services would have left it. */
export interface Purchase {
  id: string
  number: string
  cartId: string
  productId: string
  sku: string
  paymentId: string
  receipt: string
  reference: string
  callbackHash: string
}

export interface Ledgers {
  daraja: Record<string, unknown>[]
  stripe: Record<string, unknown>[]
}

/** The databases of a shop without its services, and the ledgers of its providers, all made by hand. */
export async function createSmallShop() {
  const databases = await Promise.all(audited.map(async (name) => [name, await createTestDatabase(name)] as const))
  const urls = Object.fromEntries(databases.map(([name, { url }]) => [name, url])) as DatabaseUrls
  const clients = new Map<Name, Client>()
  for (const name of audited) {
    const client = new Client({ connectionString: urls[name] })
    await client.connect()
    clients.set(name, client)
  }
  const ledgers: Ledgers = { daraja: [], stripe: [] }
  const daraja = await serveLedger(ledgers.daraja, { entries: 0 })
  const stripe = await serveLedger(ledgers.stripe, {})
  return {
    urls,
    ledgers,
    run: (name: Name, sql: string, bind: unknown[] = []) => clients.get(name)!.query(sql, bind),
    async audit(): Promise<Result[]> {
      const books = await openBooks(urls, { daraja: daraja.url, stripe: stripe.url })
      return auditOnce(books).finally(() => books.close())
    },
    openBooks: () => openBooks(urls),
    async remove() {
      await Promise.all([...clients.values()].map((client) => client.end()))
      daraja.close()
      stripe.close()
      for (const [, database] of databases) await database.drop()
    },
  }
}

export type SmallShop = Awaited<ReturnType<typeof createSmallShop>>
type State = 'pending' | 'cancelled' | 'paid'

const price = '1200.00'
let made = 0

/** Two pieces of ten, at 1,200 each. */
export async function addPurchase(shop: SmallShop, state: State, provider = 'mpesa'): Promise<Purchase> {
  const n = ++made
  const purchase: Purchase = {
    id: randomUUID(),
    number: `DK-TEST-${String(n).padStart(4, '0')}`,
    cartId: randomUUID(),
    productId: randomUUID(),
    sku: `SKU-${n}`,
    paymentId: randomUUID(),
    receipt: `RECEIPT${n}`,
    reference: `reference_${n}`,
    callbackHash: `hash_${n}`,
  }
  await addProduct(shop, purchase)
  await addOrder(shop, purchase, state, provider)
  await emptyCart(shop, purchase)
  await holdStock(shop, purchase, state)
  if (state === 'paid') await addPayment(shop, purchase, provider)
  return purchase
}

async function addProduct(shop: SmallShop, { productId, sku }: Purchase) {
  await shop.run(
    'product',
    `INSERT INTO products (id, name, description, price, stock, images, sku, is_active)
     VALUES ($1, 'Kettle', '', ${price}, 10, '{}', $2, true)`,
    [productId, sku],
  )
  await shop.run(
    'product',
    `INSERT INTO stock_movements (product_id, kind, available_delta, actor) VALUES ($1, 'opening', 10, 'test')`,
    [productId],
  )
}

async function addOrder(shop: SmallShop, purchase: Purchase, state: State, provider: string) {
  const { id, number, cartId, productId, paymentId } = purchase
  const isPaid = state === 'paid'
  await shop.run(
    'order',
    `INSERT INTO orders (id, user_id, order_number, status, payment_status, payment_method, payment_id, subtotal,
       shipping_amount, tax_amount, rounding_amount, total_amount, currency, shipping_address,
       cart_id, cart_version)
     VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, $6, 2400, 0, 331.03, 0, 2400, 'KES', '{}', $7, 2)`,
    [id, number, state, isPaid ? 'paid' : 'pending', isPaid ? provider : null, isPaid ? paymentId : null, cartId],
  )
  await shop.run(
    'order',
    `INSERT INTO order_items (id, order_id, product_id, product_name, price, quantity, subtotal, cart_quantity)
     VALUES (gen_random_uuid(), $1, $2, 'Kettle', ${price}, 2, 2400, 2)`,
    [id, productId],
  )
  await addHistory(shop, purchase, 'pending')
  if (state !== 'pending') await addHistory(shop, purchase, state)
}

/** The customer's cart, out of which the order was taken. */
async function emptyCart(shop: SmallShop, { id, cartId }: Purchase) {
  await shop.run(
    'cart',
    `INSERT INTO carts (id, user_id, version, expires_at) VALUES ($1, gen_random_uuid(), 2, now() + interval '1 day')`,
    [cartId],
  )
  await shop.run('cart', 'INSERT INTO cart_orders (order_id, cart_id) VALUES ($1, $2)', [id, cartId])
}

/** A cancelled order of the same lines and cart, which was taken out after `lastVersion`. */
export async function addEarlierOrder(shop: SmallShop, { id, cartId }: Purchase, lastVersion: number): Promise<void> {
  const earlier = randomUUID()
  await shop.run(
    'order',
    `WITH changes AS (SELECT jsonb_build_object('id', $2::uuid, 'order_number', $2, 'cart_version', 1, 'status', 'cancelled',
         'payment_status', 'pending', 'payment_id', null) AS fields),
       copied AS (
         INSERT INTO orders SELECT (o).* FROM (
           SELECT jsonb_populate_record(o, fields) AS o FROM orders o, changes WHERE id = $1) AS copies)
     INSERT INTO order_items SELECT (i).* FROM (
       SELECT jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'order_id', $2::uuid)) AS i
       FROM order_items i WHERE order_id = $1) AS copies`,
    [id, earlier],
  )
  await shop.run('cart', 'INSERT INTO cart_orders (order_id, cart_id) VALUES ($1, $2)', [earlier, cartId])
  await shop.run('cart', 'UPDATE cart_orders SET last_version = $2 WHERE order_id = $1', [earlier, lastVersion])
}

export async function addHistory(shop: SmallShop, { id }: Purchase, status: string) {
  await shop.run(
    'order',
    `INSERT INTO order_history (id, order_id, to_status, actor, reason) VALUES (gen_random_uuid(), $1, $2, 'test', 'So.')`,
    [id, status],
  )
}

async function holdStock(shop: SmallShop, { id, productId }: Purchase, state: State) {
  const prices = `ARRAY[${price}]::numeric[]`
  await shop.run('product', `SELECT reserve_stock($1, 1, ARRAY[$2::uuid], ARRAY[2], ${prices})`, [id, productId])
  if (state === 'paid') await shop.run('product', 'SELECT commit_stock($1, 1)', [id])
  if (state === 'cancelled') await shop.run('product', `SELECT release_stock($1, 1, 'Cancelled.')`, [id])
}

async function addPayment(shop: SmallShop, purchase: Purchase, provider: string) {
  const { id, number, paymentId, receipt, reference, callbackHash } = purchase
  await shop.run('payment', 'INSERT INTO payment_orders (order_id) VALUES ($1)', [id])
  await shop.run(
    'payment',
    `INSERT INTO payments (id, order_id, user_id, order_number, provider, amount, currency, status, transaction_id,
       external_reference, phone_number, callback_hash, completed_at, reported_at)
     VALUES ($1, $2, gen_random_uuid(), $3, $4, 2400, 'KES', 'completed', $5, $6, '254700000000', $7, now(), now())`,
    [paymentId, id, number, provider, receipt, reference, callbackHash],
  )
  await shop.run('order', `INSERT INTO order_payments (payment_id, order_id, outcome) VALUES ($1, $2, 'applied')`, [
    paymentId,
    id,
  ])
  if (provider === 'mpesa') shop.ledgers.daraja.push(darajaEntry(purchase))
  else shop.ledgers.stripe.push(stripeEntry(purchase))
}

export function darajaEntry({ number, receipt, reference }: Purchase) {
  const accountReference = number.replaceAll('-', '')
  return {
    kind: 'payment',
    receipt,
    amount: 2400,
    phone: '254700000000',
    accountReference,
    checkoutRequestId: reference,
  }
}

export function stripeEntry({ reference }: Purchase, kind = 'charge') {
  return { kind, id: randomUUID(), amount: 240_000, currency: 'kes', paymentIntent: reference }
}

/** A job of the given database that waits for its time. */
export async function addJob(shop: SmallShop, database: 'order' | 'payment', task: string, payload: object) {
  await shop.run(
    database,
    `SELECT graphile_worker.add_job($1::text, payload := $2::json, run_at := now() + interval '1 hour')`,
    [task, JSON.stringify(payload)],
  )
}

async function serveLedger(entries: unknown[], dropped: object): Promise<{ url: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ entries, next: null, dropped }))
  })
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() }
}
