import { randomUUID } from 'node:crypto'
import { type InputOf, orderContract } from '@duka/contracts'
import { connectDatabase, createClient, notFound, Problem, queryRow, queryRows, route } from '@duka/kit'
import {
  asUser,
  captureLog,
  createTestDatabase,
  eventually,
  startApp,
  startFakeService,
  testProof,
  verifyTestUser,
} from '@duka/testkit'
import supertest from 'supertest'
import { createApp } from '../src/app'
import { checkSilentPayments } from '../src/check-silent-payments'
import type { Deps } from '../src/deps'
import type { MpesaAccount } from '../src/mpesa/account'
import { createDaraja } from '../src/mpesa/daraja'
import type { PaymentRow } from '../src/payment'
import { initiator, merchant, startSimulator } from './fake-safaricom'

export type Order = orderContract.PayableOrder
type Report = InputOf<typeof orderContract.updateOrderStatus>['body']
type Refusal = InputOf<typeof orderContract.refuseCash>['body']

/** An order service whose orders a test writes. It notes every report of money, and can be down, slow or unwilling. */
async function startFakeOrder() {
  const orders = new Map<string, Order>()
  const state = {
    mood: 'up' as 'up' | 'down' | 'silent',
    refuses: null as string | null,
    reports: [] as Report[],
    /** The cash payments that asked for it. */
    confirmed: [] as string[],
    refusals: [] as Refusal[],
    /** What happens to an order while it is being confirmed. */
    onConfirm: undefined as (() => Promise<unknown>) | undefined,
  }
  async function requireUp() {
    if (state.mood === 'down') throw new Problem(503, 'service_unavailable', 'Down.')
    if (state.mood === 'silent') await new Promise(() => undefined)
  }
  const change = (id: string, status: Order['status']) => orders.set(id, { ...orders.get(id)!, status })
  const running = await startFakeService('order', [
    route(orderContract.confirmOrder, async ({ params, body }) => {
      state.confirmed.push(body.paymentId)
      await requireUp()
      await state.onConfirm?.()
      if (state.refuses) return { outcome: 'refused' as const, reason: state.refuses }
      change(params.id, 'confirmed')
      return { outcome: 'confirmed' as const, reason: null }
    }),
    route(orderContract.refuseCash, async ({ params, body }) => {
      state.refusals.push(body)
      await requireUp()
      if (state.refuses) return { outcome: 'refused' as const, reason: state.refuses }
      change(params.id, 'cancelled')
      return { outcome: 'cancelled' as const, reason: null }
    }),
    route(orderContract.readPayableOrder, async ({ params }) => {
      await requireUp()
      const order = orders.get(params.id)
      if (!order) throw notFound('order')
      return { order }
    }),
    route(orderContract.updateOrderStatus, async ({ body }) => {
      state.reports.push(body)
      await requireUp()
      if (!orders.has(body.orderId)) throw notFound('order')
      if (body.status === 'paid' && state.refuses) return { outcome: 'refund_due' as const, reason: state.refuses }
      if ((body.status === 'paid' || body.status === 'refunded') && !state.refuses) {
        orders.set(body.orderId, { ...orders.get(body.orderId)!, status: body.status, paymentStatus: body.status })
      }
      return { outcome: 'applied' as const, reason: null }
    }),
  ])
  return { ...running, orders, state }
}

export interface FullRow extends PaymentRow {
  callback_hash: string
  checked_at: Date | null
  next_check_at: Date | null
  completed_at: Date | null
  reported_at: Date | null
}

export interface EventRow {
  id: string
  outcome: string | null
  body: string
  payment_id: string | null
  secret_hash: string | null
}

export type Shop = Awaited<ReturnType<typeof startShop>>

/** The payment app on a port and a database of its own, beside a fake order service and Safaricom's simulator. */
export async function startShop() {
  const testDatabase = await createTestDatabase('payment')
  const [order, safaricom] = await Promise.all([startFakeOrder(), startSimulator()])
  const database = connectDatabase({ url: testDatabase.url, applicationName: 'payment' })
  const { log, lines } = captureLog()
  const proof = testProof('payment')
  const deps: Deps = {
    database,
    reads: database,
    log,
    verifyUser: verifyTestUser,
    proof,
    order: createClient({ target: 'order', baseUrl: order.url, proof, timeoutMs: 1_500 }),
    mpesa: null,
    stripe: null,
    limitFactor: 1,
  }
  const app = createApp(deps)
  const server = await startApp(app)
  const account = (baseUrl: string): MpesaAccount => ({
    ...merchant,
    baseUrl,
    callbackBaseUrl: server.url,
    tillNumber: null,
    initiator,
  })
  /** Points the shop at a Safaricom of a test's own. */
  const useSafaricom = (baseUrl: string, more: Partial<MpesaAccount> = {}) => {
    const chosen = { ...account(baseUrl), ...more }
    const { callbackBaseUrl } = chosen
    const daraja = createDaraja(chosen, database, timeoutMs)
    deps.mpesa = { daraja, callbackBaseUrl, confirmByQuery: false, allowedIps: [] }
  }
  useSafaricom(safaricom.url)
  return {
    app,
    url: server.url,
    databaseUrl: testDatabase.url,
    deps,
    lines,
    orders: order.orders,
    order: order.state,
    safaricom,
    useSafaricom,
    rows: <T extends object>(sql: string, bind: unknown[] = []) => queryRows<T>(database, sql, bind),
    row: <T extends object>(sql: string, bind: unknown[] = []) => queryRow<T>(database, sql, bind),
    async stop() {
      await safaricom.stop()
      await server.stop()
      await database.close()
      await order.stop()
      await testDatabase.drop()
    },
  }
}

/** Longer than the simulator ever takes. */
const timeoutMs = 1_000

let orderCount = 0
let phoneCount = 0

/** An order that waits for its money. */
export function newOrder(shop: Shop, change: Partial<Order> = {}): Order {
  orderCount += 1
  const order: Order = {
    id: randomUUID(),
    orderNumber: `DK-20260102-${String(orderCount).padStart(4, '0')}`,
    userId: randomUUID(),
    status: 'pending',
    paymentStatus: 'pending',
    totalAmount: 1500,
    currency: 'KES',
    ...change,
  }
  shop.orders.set(order.id, order)
  return order
}

/** A number that no other try uses: a phone shows one prompt at a time. */
export function newPhone(): string {
  phoneCount += 1
  return `25471${String(phoneCount).padStart(7, '0')}`
}

export function pay(shop: Shop, order: Order, body: object = {}, headers: Record<string, string> = {}): supertest.Test {
  return supertest(shop.app)
    .post('/api/payments/mpesa')
    .set({ authorization: asUser(order.userId), ...headers })
    .send({ orderId: order.id, phoneNumber: newPhone(), ...body })
}

/** A try with its prompt on a phone. */
export async function startTry(shop: Shop, order = newOrder(shop)) {
  const { body } = await pay(shop, order).expect(201)
  return { id: body.payment.id as string, checkoutRequestId: body.checkoutRequestId as string, order }
}

export async function paymentRow(shop: Shop, id: string): Promise<FullRow> {
  return (await shop.row<FullRow>('SELECT * FROM payments WHERE id = $1', [id]))!
}

export function triesOf(shop: Shop, order: Order): Promise<FullRow[]> {
  return shop.rows<FullRow>('SELECT * FROM payments WHERE order_id = $1 ORDER BY created_at, id', [order.id])
}

export function untilStatus(shop: Shop, id: string, status: string): Promise<FullRow> {
  return eventually(`payment ${status}`, async () => {
    const row = await paymentRow(shop, id)
    return row.status === status && row
  })
}

export function reviewsOf(shop: Shop, id: string): Promise<{ kind: string; detail: string }[]> {
  return shop.rows('SELECT kind, detail FROM payment_reviews WHERE payment_id = $1 ORDER BY created_at', [id])
}

/** Lets time pass for one payment. */
export function age(shop: Shop, id: string, seconds: number): Promise<object[]> {
  const sql = `UPDATE payments SET created_at = created_at - make_interval(secs => $2),
    checked_at = checked_at - make_interval(secs => $2), next_check_at = next_check_at - make_interval(secs => $2) WHERE id = $1`
  return shop.rows(sql, [id, seconds])
}

/** Asks Safaricom about a payment now, as the sweep does when its time has come. */
export async function check(shop: Shop, id: string): Promise<FullRow> {
  await shop.rows('UPDATE payments SET next_check_at = now() WHERE id = $1', [id])
  await checkSilentPayments(shop.deps)
  return paymentRow(shop, id)
}

/** The path that a push was given for its callback, secret included. */
export function callbackPath(shop: Shop, checkoutRequestId: string): string {
  return new URL(shop.safaricom.control.transaction(checkoutRequestId).callbackUrl).pathname
}

export interface CallbackFields {
  CheckoutRequestID: string
  MerchantRequestID: string
  ResultCode?: number | string
  ResultDesc?: unknown
  items?: { Name: string; Value?: unknown }[] | null
}

/** A callback's text: paid, with the shape of Safaricom's own sample, unless told otherwise. */
export function writeCallback({ items, ...fields }: CallbackFields): string {
  const metadata = items ? { CallbackMetadata: { Item: items } } : {}
  const stkCallback = { ResultCode: 0, ResultDesc: 'The service request is processed successfully.', ...fields }
  return JSON.stringify({ Body: { stkCallback: { ...stkCallback, ...metadata } } })
}

export function paidItems(receipt: string, amount: unknown = 1500) {
  return [
    { Name: 'Amount', Value: amount },
    { Name: 'MpesaReceiptNumber', Value: receipt },
    { Name: 'Balance' },
    { Name: 'TransactionDate', Value: 20_260_102_101_530 },
    { Name: 'PhoneNumber', Value: 254_712_345_678 },
  ]
}

let receiptCount = 0

export function newReceipt(): string {
  receiptCount += 1
  return `UAB${String(receiptCount).padStart(7, '0')}`
}

/** The callback of a push that the simulator took, as the test wants it. */
export function callbackOf(shop: Shop, checkoutRequestId: string, change: Partial<CallbackFields> = {}): string {
  const { merchantRequestId } = shop.safaricom.control.transaction(checkoutRequestId)
  const items = (change.ResultCode ?? 0) === 0 ? paidItems(newReceipt()) : null
  return writeCallback({ CheckoutRequestID: checkoutRequestId, MerchantRequestID: merchantRequestId, items, ...change })
}

export function postCallback(shop: Shop, path: string, body: string | Buffer): supertest.Test {
  return supertest(shop.app).post(path).set('content-type', 'application/json').serialize(asItIs).send(body)
}

// Superagent would make JSON of a buffer.
const asItIs = (body: unknown) => body as string

/** Posts a callback under the push's own secret, and waits until it was applied. */
export async function deliver(shop: Shop, checkoutRequestId: string, body: string | Buffer): Promise<EventRow> {
  const before = await shop.rows<EventRow>('SELECT id FROM webhook_events')
  const known = before.map(({ id }) => id)
  await postCallback(shop, callbackPath(shop, checkoutRequestId), body).expect(200)
  const sql = 'SELECT * FROM webhook_events WHERE NOT id = ANY($1::uuid[]) AND outcome IS NOT NULL'
  return eventually('callback applied', () => shop.row<EventRow>(sql, [known]))
}
