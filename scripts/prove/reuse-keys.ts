import type { paymentContract } from '@duka/contracts'
import { takeSteps } from './keep-shop'
import { chooseCash } from './pay-in-cash'
import { chooseLines, orderItems } from './place-order'
import type { Shopper } from './shopper'

interface Changed {
  payment: paymentContract.Payment
}

/** The courier's telephone sends one key with the same words about two deliveries, and the office with two refunds. */
export async function reuseKeys(shopper: Shopper): Promise<void> {
  const lines = chooseLines(shopper)
  const payments = [await deliver(shopper, lines), await deliver(shopper, lines)]
  const [first, second] = payments
  if (!first || !second || first.amount !== second.amount) return
  await onBoth(shopper, [first.id, second.id], 'collect', { amount: first.amount, collector: 'Courier' })
  if (shopper.random.chance(0.5))
    await onBoth(shopper, [first.id, second.id], 'refund', { amount: 1, reason: 'A dent' })
}

async function deliver(shopper: Shopper, lines: ReturnType<typeof chooseLines>) {
  const order = await orderItems(shopper, lines)
  const payment = order && (await chooseCash(shopper, order))
  if (order && payment) await takeSteps(shopper.world, order.id, ['processing', 'shipped'])
  return payment
}

async function onBoth(
  { world, random }: Shopper,
  ids: string[],
  way: 'collect' | 'refund',
  body: object,
): Promise<void> {
  const key = `again-${random.text(20)}`
  for (const id of ids) {
    const answer = await world.keeper.ask<Changed>('POST', `/api/payments/${id}/${way}`, { body, key })
    if (!answer || answer.status >= 300) continue
    if (way === 'collect') world.memory.collected.add(id)
    const of = answer.body.payment.id
    if (of !== id) world.memory.broken.push(`the key of a ${way} of payment ${of} answered for payment ${id}`)
  }
}
