import { randomUUID } from 'node:crypto'
import { type AnswerOf, type InputOf, type orderContract, paymentContract } from '@duka/contracts'
import { connectDatabase, createClient, queryRows, route } from '@duka/kit'
import {
  asService,
  asUser,
  createTestDatabase,
  eventually,
  silentLog,
  startFakeService,
  testProof,
  verifyTestUser,
  waitingJobs,
} from '@duka/testkit'
import supertest from 'supertest'
import { createApp } from '../src/app'
import type { Deps } from '../src/deps'
import { startOrderJobs } from '../src/jobs'
import { startFakeCart } from './fake-cart'
import { startFakeProduct } from './fake-product'
import { answering, type Mood } from './mood'

export type Order = orderContract.Order
type Refund = InputOf<typeof paymentContract.refundOrder>['body']
type Collection = InputOf<typeof paymentContract.collectOrderCash>['body']
type Outcome = AnswerOf<typeof paymentContract.closePayments>['outcome']

async function startFakePayment() {
  const state = {
    mood: 'up' as Mood,
    outcome: 'closed' as Outcome,
    refuses: new Set<string>(),
    /** The orders whose payments were to be closed. */
    asked: [] as string[],
    refunds: [] as Refund[],
    collections: [] as Collection[],
    /** What payment tells of any order. */
    events: [] as paymentContract.TimelineEvent[],
    /** What happens when cash is collected, such as the report of it. */
    onCollect: undefined as ((orderId: string) => Promise<unknown>) | undefined,
  }
  const running = await startFakeService('payment', [
    route(paymentContract.closePayments, ({ body, request }) => {
      state.asked.push(body.orderId)
      const mood = state.refuses.has(body.orderId) ? 'down' : state.mood
      return answering(mood, request, () => ({ outcome: state.outcome }))
    }),
    route(paymentContract.refundOrder, ({ body, request }) =>
      answering(state.mood, request, () => {
        state.refunds.push(body)
        return { outcome: 'refunding' as const }
      }),
    ),
    route(paymentContract.readOrderTimeline, ({ request }) =>
      answering(state.mood, request, () => ({ events: state.events })),
    ),
    route(paymentContract.collectOrderCash, async ({ body, request }) => {
      if (state.mood === 'up') await state.onCollect?.(body.orderId)
      return answering(state.mood, request, () => {
        state.collections.push(body)
        return { outcome: 'collected' as const, payment: null }
      })
    }),
  ])
  return { ...running, state }
}

export type Shop = Awaited<ReturnType<typeof startShop>>

interface Own extends Partial<Pick<Deps, 'pricing' | 'orderTtlMinutes'>> {
  /** How long it waits for the others' answers. */
  timeoutMs?: number
}

/** The order service's app on a database of its own, between fakes of the services that it works with. */
export async function startShop({ timeoutMs = 1_000, ...own }: Own = {}) {
  const testDatabase = await createTestDatabase('order')
  const [product, cart, payment] = await Promise.all([startFakeProduct(), startFakeCart(), startFakePayment()])
  const database = connectDatabase({ url: testDatabase.url, applicationName: 'order' })
  const proof = testProof('order')
  const deps: Deps = {
    database,
    reads: database,
    log: silentLog,
    verifyUser: verifyTestUser,
    proof,
    product: createClient({ target: 'product', baseUrl: product.url, proof, timeoutMs }),
    cart: createClient({ target: 'cart', baseUrl: cart.url, proof, timeoutMs }),
    payment: createClient({ target: 'payment', baseUrl: payment.url, proof, timeoutMs }),
    pricing: { currency: 'KES', deliveryFee: 0, vatRate: 1600 },
    orderTtlMinutes: 30,
    ...own,
  }
  return {
    client: supertest(createApp(deps)),
    deps,
    product,
    cart,
    payment: payment.state,
    databaseUrl: testDatabase.url,
    rows: <T extends object>(sql: string, bind: unknown[] = []) => queryRows<T>(database, sql, bind),
    /** All others are well again. */
    reset() {
      product.reset()
      cart.reset()
      Object.assign(payment.state, {
        mood: 'up',
        outcome: 'closed',
        refuses: new Set(),
        onCollect: undefined,
        events: [],
      })
    },
    async stop() {
      await database.close()
      await Promise.all([product.stop(), cart.stop(), payment.stop()])
      await testDatabase.drop()
    },
  }
}

export const shippingAddress = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }

/** Somebody who orders. */
export function newCustomer(shop: Shop, id: string = randomUUID()) {
  const authorization = asUser(id)
  const { client } = shop
  return {
    id,
    place: (body: object, headers: Record<string, string> = {}) =>
      client
        .post('/api/orders')
        .set({ authorization, ...headers })
        .send({ shippingAddress, ...body }),
    get: (path: string) => client.get(`/api/orders${path}`).set({ authorization }),
    cancel: (orderId: string, body?: object) =>
      client.put(`/api/orders/${orderId}/cancel`).set({ authorization }).send(body),
  }
}

export type Customer = ReturnType<typeof newCustomer>

/** A new customer's order of a new product, waiting for its payment. */
export async function placedOrder(shop: Shop, { quantity = 2, stock = 10, price = 1500 } = {}) {
  const customer = newCustomer(shop)
  const productId = shop.product.add({ stock, price })
  const { body } = await customer.place({ items: [{ productId, quantity }] }).expect(201)
  return { customer, productId, order: body.order as Order }
}

export async function statusOf(shop: Shop, orderId: string): Promise<string | undefined> {
  const [row] = await shop.rows<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId])
  return row?.status
}

/** Payment's report of the order's money, with whatever a test wants to be otherwise. */
export function report(shop: Shop, order: Order, other: object = {}, authorization = asService('payment', 'order')) {
  const { id: orderId, totalAmount: amount, currency } = order
  const body = { orderId, paymentId: randomUUID(), provider: 'mpesa', status: 'paid', amount, currency, ...other }
  return shop.client.post('/api/internal/update-status').set({ authorization }).send(body)
}

/** What became of each payment that was reported for an order. */
export function decisionsOf(shop: Shop, { id }: Order) {
  return shop.rows('SELECT outcome FROM order_payments WHERE order_id = $1', [id])
}

interface WaitingJob {
  task: string
  key: string
}

/** What is no longer needed is dropped a moment later. */
export async function expectJobs(shop: Shop, orderId: string, wanted: Partial<WaitingJob>[]): Promise<void> {
  const areDropped = async () => (await jobsOf(shop, orderId)).length === wanted.length
  await eventually('only the wanted jobs are left', areDropped)
  expect(await jobsOf(shop, orderId)).toMatchObject(wanted)
}

/** The jobs that wait for an order, but for its expiry. */
export function jobsOf(shop: Shop, orderId: string): Promise<WaitingJob[]> {
  return shop.rows<WaitingJob>(
    `SELECT task, key FROM ${waitingJobs}
     WHERE key LIKE '%' || $1 || '%' AND task <> 'expire-order' ORDER BY key`,
    [orderId],
  )
}

/** Lets what waits for an order be due, and works the queue until it is done. */
export async function runJobs(shop: Shop, orderId: string, task = '%'): Promise<void> {
  const wanted = `key LIKE '%' || $1 || '%' AND task LIKE $2`
  await shop.rows(
    `WITH delayed AS (UPDATE delayed_jobs SET run_at = now() - interval '1 second' WHERE ${wanted})
     UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 second'
     WHERE id IN (SELECT id FROM (SELECT id, key, task_identifier AS task FROM graphile_worker.jobs) q WHERE ${wanted})`,
    [orderId, task],
  )
  const jobs = await startOrderJobs(shop.deps, shop.databaseUrl)
  const due = `SELECT 1 FROM ${waitingJobs} WHERE run_at <= now() AND ${wanted}`
  try {
    await eventually('the jobs to be done', async () => (await shop.rows(due, [orderId, task])).length === 0)
  } finally {
    await jobs.stop()
  }
}

/** The time of an order is up. */
export function letExpire(shop: Shop, orderId: string) {
  return shop.rows(
    `UPDATE orders SET expires_at = now() - interval '1 second', next_expiry_check_at = now() WHERE id = $1`,
    [orderId],
  )
}
