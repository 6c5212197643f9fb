import { randomUUID } from 'node:crypto'
import type { Client as ServiceClient } from '@duka/kit'
import { connectDatabase, createClient, queryRow, queryRows } from '@duka/kit'
import { createTestDatabase, silentLog, startApp, testProof, verifyTestUser } from '@duka/testkit'
import supertest from 'supertest'
import { createApp as createOrderApp } from '../../services/order/src/app'
import type { Deps as OrderDeps } from '../../services/order/src/deps'
import { startOrderJobs } from '../../services/order/src/jobs'
import { startFakeCart } from '../../services/order/test/fake-cart'
import { startFakeProduct } from '../../services/order/test/fake-product'
import { createApp as createPaymentApp } from '../../services/payment/src/app'
import type { Deps as PaymentDeps } from '../../services/payment/src/deps'
import { startPaymentJobs } from '../../services/payment/src/jobs'
import { createDaraja } from '../../services/payment/src/mpesa/daraja'
import { createStripe } from '../../services/payment/src/stripe/stripe'
import { initiator, merchant, startSimulator } from '../../services/payment/test/fake-safaricom'
import { startStripe } from './stripe'

const providerTimeoutMs = 2_000

export type TwoServices = Awaited<ReturnType<typeof startTwoServices>>

/**
 * The real order and payment services on databases of their own, each calling the other, beside a catalogue that keeps
 * its stock and the simulators of both providers. `watch` sees every call from one service to another.
 */
export async function startTwoServices(watch: (client: ServiceClient) => ServiceClient) {
  const [orderDatabase, paymentDatabase] = await Promise.all([
    createTestDatabase('order'),
    createTestDatabase('payment'),
  ])
  const [product, cart, safaricom] = await Promise.all([startFakeProduct(), startFakeCart(), startSimulator()])
  const clientOf = (caller: 'order' | 'payment', target: 'product' | 'cart' | 'order' | 'payment', baseUrl: string) =>
    watch(createClient({ target, baseUrl, proof: testProof(caller) }))
  const shared = { log: silentLog, verifyUser: verifyTestUser }
  const database = {
    order: connectDatabase({ url: orderDatabase.url, applicationName: 'order' }),
    payment: connectDatabase({ url: paymentDatabase.url, applicationName: 'payment' }),
  }
  const orderDeps: OrderDeps = {
    ...shared,
    database: database.order,
    reads: database.order,
    proof: testProof('order'),
    product: clientOf('order', 'product', product.url),
    cart: clientOf('order', 'cart', cart.url),
    // Known once both listen.
    payment: undefined as unknown as ServiceClient,
    pricing: { currency: 'KES', deliveryFee: 0, vatRate: 1600 },
    orderTtlMinutes: 30,
  }
  const orderApp = createOrderApp(orderDeps)
  const orderServer = await startApp(orderApp)
  const paymentDeps: PaymentDeps = {
    ...shared,
    database: database.payment,
    reads: database.payment,
    proof: testProof('payment'),
    order: clientOf('payment', 'order', orderServer.url),
    mpesa: null,
    stripe: null,
    limitFactor: 1_000,
  }
  const paymentApp = createPaymentApp(paymentDeps)
  const paymentServer = await startApp(paymentApp)
  orderDeps.payment = clientOf('order', 'payment', paymentServer.url)
  const stripe = await startStripe(paymentServer.url)
  const account = {
    ...merchant,
    baseUrl: safaricom.url,
    callbackBaseUrl: paymentServer.url,
    tillNumber: null,
    initiator,
  }
  paymentDeps.mpesa = {
    daraja: createDaraja(account, database.payment, providerTimeoutMs),
    callbackBaseUrl: paymentServer.url,
    confirmByQuery: false,
    allowedIps: [],
  }
  paymentDeps.stripe = createStripe(stripe.account, providerTimeoutMs)
  const servers = [orderServer, paymentServer, stripe, product, cart, safaricom]
  return {
    orderDeps,
    paymentDeps,
    product,
    safaricom: safaricom.control,
    stripe: stripe.control,
    ledgers: { daraja: safaricom.url, stripe: stripe.url },
    urls: { order: orderDatabase.url, payment: paymentDatabase.url },
    /** A request to either service, by who has that path. */
    send: (method: 'get' | 'post' | 'put' | 'patch', path: string, authorization: string, body: object = {}) =>
      supertest(path.includes('payments') ? paymentApp : orderApp)
        [method](path)
        .set({ authorization, 'idempotency-key': randomUUID() })
        .send(body),
    rows: <T extends object>(name: 'order' | 'payment', sql: string, bind: unknown[] = []) =>
      queryRows<T>(database[name], sql, bind),
    row: <T extends object>(name: 'order' | 'payment', sql: string, bind: unknown[] = []) =>
      queryRow<T>(database[name], sql, bind),
    startJobs: () =>
      Promise.all([startOrderJobs(orderDeps, orderDatabase.url), startPaymentJobs(paymentDeps, paymentDatabase.url)]),
    async stop() {
      for (const server of servers) await server.stop()
      await Promise.all([database.order.close(), database.payment.close()])
      await Promise.all([orderDatabase.drop(), paymentDatabase.drop()])
    },
  }
}
