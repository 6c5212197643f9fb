import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  authContract as auth,
  cartContract as cart,
  type Endpoint,
  endpoints,
  isInternal,
  orderContract as order,
  paymentContract as payment,
  productContract as product,
} from '@duka/contracts'
import { eventually } from '@duka/testkit'
import { nextPhone, type TestShop } from '../shop-support'
import { address, fillCart, makeProduct, placeOrder, unknownSecret, type World } from './world'

/** A call that is right in every way: what it is about exists, belongs to whom `token` is of, and the body is valid. */
export interface Call {
  params?: Record<string, string>
  body?: unknown
  token?: string | undefined
}

type MakeCall = (world: World) => Call | Promise<Call>

/** One right call for every public endpoint that takes an id or a body. Attacks are made by changing one thing of it. */
const calls = new Map<Endpoint, MakeCall>([
  [auth.register, () => ({ body: { name: 'Amina', email: `${randomUUID()}@example.com`, password: randomUUID() } })],
  [auth.login, ({ customer: { email, password } }) => ({ body: { email, password } })],
  [auth.refresh, async ({ shop }) => ({ body: { refreshToken: (await shop.openAccount()).refreshToken } })],
  [auth.logout, async ({ shop }) => ({ body: { refreshToken: (await shop.openAccount()).refreshToken } })],
  [
    auth.changeProfile,
    ({ customer }) => ({ body: { name: 'Wanjiru', phoneNumber: '0712000098' }, token: customer.token }),
  ],
  [auth.changePassword, changePassword],
  [auth.forgotPassword, ({ customer: { email } }) => ({ body: { email } })],
  [auth.resetPassword, async ({ shop }) => ({ body: { token: await readResetToken(shop), password: randomUUID() } })],
  [auth.readUser, ({ customer, admin }) => ({ params: { id: customer.id }, token: admin })],
  [
    auth.changeUser,
    ({ customer, admin }) => ({ params: { id: customer.id }, body: { role: 'customer' }, token: admin }),
  ],
  [product.readProduct, ({ productId }) => ({ params: { id: productId } })],
  [product.createProduct, ({ admin }) => ({ body: productFields(), token: admin })],
  [product.updateProduct, (world) => onNewProduct(world, productFields())],
  [product.patchProduct, (world) => onNewProduct(world, productFields())],
  [product.withdrawProduct, (world) => onNewProduct(world)],
  [product.adjustStock, (world) => onNewProduct(world, { delta: 1, reason: 'Found' })],
  [product.listStockMovements, ({ productId, admin }) => ({ params: { id: productId }, token: admin })],
  [cart.addCartItem, ({ productId, customer }) => ({ body: { productId, quantity: 1 }, token: customer.token })],
  [
    cart.changeCartItem,
    ({ cartItemId, customer }) => ({ params: { id: cartItemId }, body: { quantity: 2 }, token: customer.token }),
  ],
  [cart.removeCartItem, removeCartItem],
  [
    cart.mergeCart,
    async ({ shop, productId, customer }) => ({
      body: { cartToken: (await fillCart(shop, productId)).cartToken },
      token: customer.token,
    }),
  ],
  [
    order.placeOrder,
    ({ productId, customer }) => ({
      body: { items: [{ productId, quantity: 1 }], shippingAddress: address, notes: 'Ring twice' },
      token: customer.token,
    }),
  ],
  [order.readOrder, ({ orderId, customer }) => ({ params: { id: orderId }, token: customer.token })],
  [order.readOrderHistory, ({ orderId, customer }) => ({ params: { id: orderId }, token: customer.token })],
  [
    order.cancelOrder,
    async (world) => ({ params: { id: await newOrder(world) }, body: { reason: 'No' }, token: world.customer.token }),
  ],
  [order.readOrderTimeline, ({ orderId, admin }) => ({ params: { id: orderId }, token: admin })],
  [order.replayOrderJob, ({ admin }) => ({ params: { id: '1' }, token: admin })],
  [order.readAnyOrder, ({ orderId, admin }) => ({ params: { id: orderId }, token: admin })],
  [
    order.changeOrderStatus,
    async (world) => ({
      params: { id: await newOrder(world) },
      body: { status: 'cancelled', note: 'Sold out', trackingNumber: 'KE-1' },
      token: world.admin,
    }),
  ],
  [
    payment.payByMpesa,
    async (world) => ({
      body: { orderId: await newOrder(world), phoneNumber: nextPhone() },
      token: world.customer.token,
    }),
  ],
  [payment.payByStripe, async (world) => ({ body: { orderId: await newOrder(world) }, token: world.customer.token })],
  [payment.receiveStripeEvent, () => ({ body: { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded' } })],
  [payment.readPayment, ({ paymentId, customer }) => ({ params: { id: paymentId }, token: customer.token })],
  [payment.listOrderPayments, ({ orderId, customer }) => ({ params: { orderId }, token: customer.token })],
  [payment.payByCash, async (world) => ({ body: { orderId: await newOrder(world) }, token: world.customer.token })],
  [payment.collectCash, (world) => onCash(world, { amount: 1200, collector: 'Otieno' })],
  [payment.refuseCash, (world) => onCash(world, { reason: 'Nobody at home' })],
  [payment.refundPayment, refundCash],
  [payment.replayPaymentJob, ({ admin }) => ({ params: { id: '1' }, token: admin })],
  [payment.readAnyPayment, ({ paymentId, admin }) => ({ params: { id: paymentId }, token: admin })],
  [
    payment.decideReview,
    async (world) => ({
      params: { id: await openReview(world) },
      body: { decision: 'write_off', note: 'Not ours' },
      token: world.admin,
    }),
  ],
  [payment.replayEvent, async (world) => ({ params: { id: await sendUnknown(world) }, token: world.admin })],
  [payment.receiveMpesaCallback, () => ({ params: { token: unknownSecret() }, body: callback() })],
  [payment.receiveUnprovenMpesaCallback, () => ({ body: callback() })],
])

function productFields() {
  const images = ['https://example.com/a.jpg', '/b.jpg']
  const text = { name: 'Kettle', description: 'It boils', category: 'Kitchen', sku: randomUUID() }
  return { ...text, price: 1499.5, stock: 3, imageUrl: images[0], images, isActive: true }
}

async function onNewProduct({ shop, admin }: World, body?: object): Promise<Call> {
  return { params: { id: await makeProduct(shop) }, token: admin, ...(body && { body }) }
}

async function newOrder({ shop, productId, customer }: World): Promise<string> {
  return (await placeOrder(shop, customer.token, productId)).id
}

async function changePassword({ shop }: World): Promise<Call> {
  const { password, token } = await shop.openAccount()
  return { body: { currentPassword: password, newPassword: randomUUID() }, token }
}

async function removeCartItem({ shop, productId }: World): Promise<Call> {
  const { token } = await shop.openAccount()
  return { params: { id: (await fillCart(shop, productId, token)).itemId }, token }
}

function callback() {
  const ids = { MerchantRequestID: randomUUID(), CheckoutRequestID: `ws_CO_${randomUUID()}` }
  return { Body: { stkCallback: { ...ids, ResultCode: 0, ResultDesc: 'Done' } } }
}

/** A call about an order that waits for its cash. */
async function onCash(world: World, body: object): Promise<Call> {
  const { shop, customer, admin } = world
  const chosen = await shop.post('/api/payments/cash-on-delivery', { orderId: await newOrder(world) }, customer.token)
  expect(chosen.status).toBe(201)
  return { params: { id: (chosen.body as { payment: { id: string } }).payment.id }, body, token: admin }
}

async function refundCash(world: World): Promise<Call> {
  const call = await onCash(world, { amount: 1200, collector: 'Otieno' })
  const collected = await world.shop.post(`/api/payments/${call.params?.id}/collect`, call.body, world.admin)
  expect(collected.status).toBe(200)
  return { ...call, body: { amount: 1, reason: 'It broke' } }
}

/** An event that nobody here asked for. */
async function sendUnknown({ shop, admin }: World): Promise<string> {
  const answer = await shop.post(`/api/webhook/m/${unknownSecret()}`, callback())
  expect(answer.status).toBe(200)
  const { events } = (await shop.get('/api/admin/payments/events?limit=1', admin)).body as { events: { id: string }[] }
  return events[0]!.id
}

/** The review of money that nobody here asked for. */
async function openReview({ shop, admin }: World): Promise<string> {
  const receipt = `U${randomUUID().replaceAll('-', '').slice(0, 9).toUpperCase()}`
  const { Body } = callback()
  const Item = [
    { Name: 'Amount', Value: 10 },
    { Name: 'MpesaReceiptNumber', Value: receipt },
  ]
  const paid = { Body: { stkCallback: { ...Body.stkCallback, CallbackMetadata: { Item } } } }
  expect((await shop.post('/api/webhook/mpesa', paid)).status).toBe(200)
  const { reviews } = (await shop.get('/api/admin/payments/review?kind=unmatched&limit=100', admin)).body as {
    reviews: { id: string; reason: string }[]
  }
  return reviews.find(({ reason }) => reason.includes(receipt))!.id
}

/** The token that a new customer who forgot the password finds in the mail. */
export async function readResetToken(shop: TestShop): Promise<string> {
  const { email } = await shop.openAccount()
  expect((await shop.post('/api/auth/forgot-password', { email })).status).toBe(202)
  const mails = join(shop.dataDir, 'mail')
  const mail = await eventually('the mail', async () => {
    const files = existsSync(mails) ? readdirSync(mails).filter((file) => file.endsWith('.eml')) : []
    return files.map((file) => readFileSync(join(mails, file), 'utf8')).find((text) => text.includes(`To: ${email}`))
  })
  return /asked for it:\n\n(\S+)/.exec(mail)![1]!
}

/** Endpoints with the id of a thing that belongs to nobody. */
export const sharedThings: ReadonlySet<Endpoint> = new Set<Endpoint>([product.readProduct])

export const publicEndpoints = endpoints.filter(({ access }) => !isInternal(access))

export const nameOf = ({ method, path }: Endpoint) => `${method} ${path}`

const needsCall = (contract: Endpoint) => contract.path.includes(':') || contract.body !== undefined

/** Endpoints that nobody has written a right call for. */
export const endpointsWithoutCall = publicEndpoints.filter((each) => needsCall(each) && !calls.has(each)).map(nameOf)

/** What takes neither id nor body needs no more than somebody who may. */
export async function callOf(contract: Endpoint, world: World): Promise<Call> {
  const make = calls.get(contract)
  if (make) return make(world)
  if (needsCall(contract)) throw new Error(`Write a right call for ${nameOf(contract)} into test/security/calls.ts`)
  if (contract.access === 'anyone') return {}
  return { token: typeof contract.access === 'object' ? world.admin : world.customer.token }
}

export function fillPath(pattern: string, params: Record<string, string> = {}): string {
  return pattern.replace(/:(\w+)/g, (_match, name: string) => params[name] ?? randomUUID())
}
