import type { paymentContract } from '@duka/contracts'
import type { AcknowledgedOrder } from './memory'
import { payByGoodCard, refundInDashboard } from './pay-by-card'
import { askForPrompt, watch } from './pay-by-mpesa'
import type { Shopper } from './shopper'

const patienceMs = 12_000

/** Pays and then does not want it after all: the money goes back by itself. */
export async function payAndCancel(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  if (!(await payForSure(shopper, order))) return
  const answer = await shopper.ask('PUT', `/api/orders/${order.id}/cancel`, {
    body: { reason: 'Not needed any more.' },
  })
  if (answer?.status === 200) shopper.world.memory.cancelled.add(order.id)
}

/** Pays, and the shop gives back all of it or some; at times two clerks do so at once. */
export async function payAndGetBack(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random, world } = shopper
  const payment = await payForSure(shopper, order)
  if (!payment) return
  if (payment.provider === 'stripe' && payment.externalReference && random.chance(0.2)) {
    return refundInDashboard(shopper, payment.externalReference)
  }
  const amount = random.chance(0.5) ? undefined : random.between(1, Math.max(1, Math.floor(payment.amount / 2)))
  const clerks = random.chance(0.3) ? 2 : 1
  const refund = async () => {
    const body = { ...(amount && { amount }), reason: 'A complaint' }
    const question = { body, key: `clerk-${random.text(20)}` }
    const path = `/api/payments/${payment.id}/refund`
    const answer = await world.keeper.ask<{ refund: { id: string } }>('POST', path, question)
    if (answer?.status === 202) world.memory.refunds.add(answer.body.refund.id)
  }
  await Promise.all(Array.from({ length: clerks }, refund))
}

/** Pays at once. Undefined where that is not known after a while. */
async function payForSure(shopper: Shopper, order: AcknowledgedOrder): Promise<paymentContract.Payment | undefined> {
  const byCard = shopper.random.chance(0.4)
  const payment = byCard ? await payByGoodCard(shopper, order) : (await askForPrompt(shopper, order, ['0']))?.payment
  return payment && (await watch(shopper, order, patienceMs)) === 'paid' ? payment : undefined
}
