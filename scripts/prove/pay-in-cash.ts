import type { paymentContract } from '@duka/contracts'
import { takeSteps } from './keep-shop'
import type { AcknowledgedOrder } from './memory'
import { codeOf, type Shopper } from './shopper'

interface Confirmed {
  message: string
  payment: paymentContract.Payment
}

/** Chooses to pay at the door; the shop brings the order, and it is paid there, or refused. */
export async function payInCash(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random, world } = shopper
  const { id: orderId } = order
  const payment = await chooseCash(shopper, order)
  if (!payment) return
  const { id, amount } = payment
  await takeSteps(world, orderId, ['processing', 'shipped'])
  const ending = random.between(1, 10)
  if (ending <= 4) await takeSteps(world, orderId, ['delivered'])
  else if (ending <= 7) await collectTwice(shopper, id, amount)
  else if (ending <= 9) {
    world.memory.refused.add(orderId)
    await ask(shopper, `/api/payments/${id}/refuse`, { reason: 'Not what I wanted' })
  }
}

/** Undefined where the order does not take it any more, or nobody said. */
export async function chooseCash(shopper: Shopper, { id: orderId }: AcknowledgedOrder) {
  const { memory } = shopper.world
  const question = { body: { orderId }, key: shopper.newKey() }
  const answer = await shopper.ask<Confirmed>('POST', '/api/payments/cash-on-delivery', question)
  if (answer?.status !== 201) {
    memory.count(answer ? `not asked.${answer.status} ${codeOf(answer.body)}` : 'not asked.no answer')
    return undefined
  }
  const { payment, message } = answer.body
  memory.payments.set(payment.id, { id: payment.id, owner: shopper, orderId })
  if (message.includes('is confirmed')) memory.confirmed.add(orderId)
  return payment
}

/** The courier's telephone sends everything again. */
async function collectTwice(shopper: Shopper, id: string, amount: number): Promise<void> {
  const body = { amount, collector: 'Courier' }
  await Promise.all([
    ask(shopper, `/api/payments/${id}/collect`, body),
    ask(shopper, `/api/payments/${id}/collect`, body),
  ])
}

function ask({ world, random }: Shopper, path: string, body: object) {
  return world.keeper.ask('POST', path, { body, key: `door-${random.text(20)}` })
}
