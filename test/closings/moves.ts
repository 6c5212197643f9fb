import { randomUUID } from 'node:crypto'
import type { orderContract } from '@duka/contracts'
import { asUser, eventually } from '@duka/testkit'
import { expireOrder } from '../../services/order/src/expire-orders'
import { reportPayment } from '../../services/payment/src/report-payment'
import { newPhone } from '../../services/payment/test/support'
import type { TwoServices } from './two-services'

export type Order = orderContract.Order

/** Something that ends or changes what an order stands for, in order, in payment, or in both. */
export interface Move {
  name: string
  /** What has to be there before, such as a prompt on a phone. */
  prepare?: (shop: TwoServices, order: Order) => Promise<unknown>
  /** Answers the status of its answer, where it has one. */
  run: (shop: TwoServices, order: Order) => Promise<number | undefined>
}

const admin = asUser(randomUUID(), 'admin')
const silentSeconds = 200

const paymentOf = (shop: TwoServices, { id }: Order, provider: string) =>
  shop.row<{ id: string; external_reference: string; status: string }>(
    'payment',
    'SELECT id, external_reference, status FROM payments WHERE order_id = $1 AND provider = $2 ORDER BY created_at DESC LIMIT 1',
    [id, provider],
  )

const pay = (shop: TwoServices, order: Order, way: string, body: object = {}) =>
  shop.send('post', `/api/payments/${way}`, asUser(order.userId), { orderId: order.id, ...body })

/** Money is in the books, and the order has been told. */
async function untilTold(shop: TwoServices, paymentId: string): Promise<undefined> {
  const isCompleted = () =>
    shop.row('payment', `SELECT 1 FROM payments WHERE id = $1 AND completed_at IS NOT NULL`, [paymentId])
  await eventually('the money', isCompleted)
  await reportPayment(shop.paymentDeps, paymentId)
}

export const openPrompt: Move = {
  name: 'a prompt',
  run: async (shop, order) => (await pay(shop, order, 'mpesa', { phoneNumber: newPhone() })).status,
}

/** Answered long after it fell silent, so that nobody waits for it. */
export const payByPhone: Move = {
  name: 'money by phone',
  async prepare(shop, order) {
    await openPrompt.run(shop, order)
    const age = `UPDATE payments SET created_at = created_at - make_interval(secs => ${silentSeconds}) WHERE order_id = $1`
    await shop.rows('payment', age, [order.id])
  },
  async run(shop, order) {
    const prompt = await paymentOf(shop, order, 'mpesa')
    shop.safaricom.pay(prompt!.external_reference)
    return untilTold(shop, prompt!.id)
  },
}

export const openCard: Move = {
  name: 'a card form',
  run: async (shop, order) => (await pay(shop, order, 'stripe')).status,
}

export const payByCard: Move = {
  name: 'money by card',
  prepare: openCard.run,
  async run(shop, order) {
    const card = await paymentOf(shop, order, 'stripe')
    const intent = shop.stripe.payment(card!.external_reference)
    if (intent.status !== 'requires_payment_method') return undefined
    shop.stripe.pay(card!.external_reference)
    return untilTold(shop, card!.id)
  },
}

export const chooseCash: Move = {
  name: 'cash',
  run: async (shop, order) => (await pay(shop, order, 'cash-on-delivery')).status,
}

export const expire: Move = {
  name: 'expiry',
  async run(shop, { id }) {
    await expireOrder(shop.orderDeps, id)
    return undefined
  },
}

export const cancel: Move = {
  name: 'cancellation',
  run: async (shop, { id, userId }) => (await shop.send('put', `/api/orders/${id}/cancel`, asUser(userId))).status,
}

const step = (status: string): Move => ({
  name: `the shop's "${status}"`,
  run: async (shop, { id }) => (await shop.send('patch', `/api/admin/orders/${id}/status`, admin, { status })).status,
})
export const cancelByShop = step('cancelled')
export const pack = step('processing')
export const ship = step('shipped')
export const deliver = step('delivered')

const atTheDoor = (name: string, body: (order: Order) => object): Move => ({
  name,
  async run(shop, order) {
    const cash = await paymentOf(shop, order, 'cash_on_delivery')
    return (await shop.send('post', `/api/payments/${cash?.id}/${name}`, admin, body(order))).status
  },
})
export const collect = atTheDoor('collect', ({ totalAmount }) => ({ amount: totalAmount, collector: 'Otieno' }))
export const refuse = atTheDoor('refuse', () => ({ reason: 'Not at home' }))
