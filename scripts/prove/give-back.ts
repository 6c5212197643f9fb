import { setTimeout as delay } from 'node:timers/promises'
import type { paymentContract } from '@duka/contracts'
import { createShopClient } from '../demo-shop/shop-client'
import type { AcknowledgedOrder } from './memory'
import { payByGoodCard, refundInDashboard } from './pay-by-card'
import { askForPrompt, watch } from './pay-by-mpesa'
import type { Shopper } from './shopper'
import type { World } from './world'

const patienceMs = 12_000
const mostApartMs = 150

/** Pays and then does not want it after all: the money goes back by itself. */
export async function payAndCancel(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  if (!(await payForSure(shopper, order))) return
  await cancelPaid(shopper, order.id)
}

/** Pays, and the shop gives back all of it or some; at times two clerks do so at once. */
export async function payAndGetBack(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random } = shopper
  const payment = await payForSure(shopper, order)
  if (!payment) return
  if (payment.provider === 'stripe' && payment.externalReference && random.chance(0.2)) {
    return refundInDashboard(shopper, payment.externalReference)
  }
  const amount = random.chance(0.5) ? undefined : random.between(1, Math.max(1, Math.floor(payment.amount / 2)))
  const clerks = random.chance(0.3) ? 2 : 1
  await Promise.all(Array.from({ length: clerks }, () => refund(shopper, payment.id, amount)))
}

/**
 * Pays, and the shop gives money back while somebody does so past it, in Stripe's dashboard or in Safaricom's portal. Of a
 * reversal in the portal nobody is told: only a whole refund of ours finds it, so there is no other one beside it.
 */
export async function payAndMeetRefunds(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random } = shopper
  const payment = await payForSure(shopper, order, 0.7)
  if (!payment) return
  const byCard = payment.provider === 'stripe'
  const part = () => random.pick([undefined, Math.ceil(payment.amount * 0.4), Math.ceil(payment.amount * 0.6)])
  const [ours, theirs] = byCard ? [part(), part()] : [undefined, undefined]
  const isCancelled = random.chance(0.3)
  const giveBack = () => (isCancelled ? cancelPaid(shopper, order.id) : refund(shopper, payment.id, ours))
  const past = () =>
    byCard ? refundInDashboard(shopper, payment.externalReference ?? '', theirs) : reverseInPortal(shopper, payment.id)
  // Who is first, and who has heard of the other by then, is a matter of milliseconds.
  const pauseMs = random.between(0, mostApartMs)
  await Promise.all([giveBack(), delay(pauseMs).then(past)])
}

/** Nobody tells the shop of a reversal, so its people do, also where they got no answer at the time: a whole refund finds it. */
export async function tellOfReversals({ keeper, memory }: World): Promise<void> {
  for (const paymentId of memory.reversed) await refund(keeper, paymentId)
}

async function refund({ random, world }: Shopper, paymentId: string, amount?: number): Promise<void> {
  const body = { ...(amount && { amount }), reason: 'A complaint' }
  const question = { body, key: `clerk-${random.text(20)}` }
  const path = `/api/payments/${paymentId}/refund`
  const answer = await world.keeper.ask<{ refund: { id: string } }>('POST', path, question)
  if (answer?.status === 202) world.memory.refunds.add(answer.body.refund.id)
}

async function cancelPaid(shopper: Shopper, orderId: string): Promise<void> {
  const body = { reason: 'Not needed any more.' }
  const answer = await shopper.ask('PUT', `/api/orders/${orderId}/cancel`, { body })
  if (answer?.status === 200) shopper.world.memory.cancelled.add(orderId)
}

/** Only with its receipt, as ours is otherwise paid out on top: Safaricom does not tell of a reversal. */
async function reverseInPortal(shopper: Shopper, paymentId: string): Promise<void> {
  const answer = await shopper.ask<{ payment: paymentContract.Payment }>('GET', `/api/payments/${paymentId}`)
  const receipt = answer?.status === 200 ? answer.body.payment.transactionId : null
  if (!receipt) return
  const reversed = await createShopClient(shopper.world.daraja).send('POST', `/control/ledger/${receipt}/reverse`, {
    body: {},
  })
  if (reversed.status === 200) shopper.world.memory.reversed.add(paymentId)
}

/** Pays at once. Undefined where that is not known after a while. */
async function payForSure(
  shopper: Shopper,
  order: AcknowledgedOrder,
  cards = 0.4,
): Promise<paymentContract.Payment | undefined> {
  const byCard = shopper.random.chance(cards)
  const payment = byCard ? await payByGoodCard(shopper, order) : (await askForPrompt(shopper, order, ['0']))?.payment
  return payment && (await watch(shopper, order, patienceMs)) === 'paid' ? payment : undefined
}
