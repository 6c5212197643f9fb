import { setTimeout as delay } from 'node:timers/promises'
import type { orderContract, paymentContract } from '@duka/contracts'
import { createShopClient } from '../demo-shop/shop-client'
import type { AcknowledgedOrder } from './memory'
import { codeOf, type Shopper } from './shopper'

interface Asked {
  payment: paymentContract.Payment
  checkoutRequestId: string | null
}

/** What the person at the phone does: result codes one after the other, or never a word. */
const outcomes = [
  { weight: 60, outcome: ['0'] },
  { weight: 8, outcome: ['1032'] },
  { weight: 6, outcome: ['1'] },
  { weight: 4, outcome: ['2001'] },
  { weight: 5, outcome: ['1037'] },
  { weight: 4, outcome: ['1032', '0'] },
  { weight: 4, outcome: ['1037', '0'] },
  { weight: 4, outcome: 'never' as const },
]

const pollMs = 400

/** Pays, in whatever way the phone's owner has in mind; tries again where that failed. */
export async function payByMpesa(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random } = shopper
  for (let tries = random.between(1, 3); tries > 0; tries--) {
    const asked = await askForPrompt(shopper, order)
    if (!asked) return
    const status = await watch(shopper, order, random.between(1, 6) * 1000)
    if (status !== 'pending' || !random.chance(0.7)) return
  }
}

/** Two windows, two phones, one order. */
export async function payTwice(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  await Promise.all([askForPrompt(shopper, order), askForPrompt(shopper, order)])
  await watch(shopper, order, 3000)
}

/** Asks for a prompt on a phone that nobody else has, and settles beforehand what becomes of it. */
export async function askForPrompt(
  shopper: Shopper,
  { id: orderId }: AcknowledgedOrder,
  given?: string[],
): Promise<Asked | undefined> {
  const { random, world } = shopper
  const phoneNumber = `25471${random.between(1_000_000, 9_999_999)}`
  const outcome = given ?? random.pickWeighted(outcomes).outcome
  await createShopClient(world.daraja).send('POST', '/control/scripts', { body: { phone: phoneNumber, outcome } })
  const key = shopper.newKey()
  const answer = await shopper.ask<Asked>('POST', '/api/payments/mpesa', { body: { orderId, phoneNumber }, key })
  if (answer?.status !== 201) {
    world.memory.count(answer ? `not asked.${answer.status} ${codeOf(answer.body)}` : 'not asked.no answer')
    return undefined
  }
  const { payment } = answer.body
  world.memory.payments.set(payment.id, { id: payment.id, owner: shopper, orderId })
  if (random.chance(0.2)) await replay(shopper, key, { orderId, phoneNumber }, payment.id)
  return answer.body
}

/** The same key again asks no phone a second time. */
async function replay(shopper: Shopper, key: string, body: object, id: string): Promise<void> {
  shopper.world.memory.count('replays')
  const again = await shopper.ask<Asked>('POST', '/api/payments/mpesa', { body, key })
  // Where the first one was refused by the provider, the same key may try anew.
  if (again?.status === 201 && again.body.payment.id !== id) {
    shopper.world.memory.broken.push(`the key of payment ${id} made payment ${again.body.payment.id} too`)
  }
}

/** Looks at the order until it is more than pending, at most so long. */
export async function watch(shopper: Shopper, { id }: AcknowledgedOrder, forMs: number): Promise<string> {
  const giveUpAt = Date.now() + forMs
  for (;;) {
    const answer = await shopper.ask<{ order: orderContract.Order }>('GET', `/api/orders/${id}`)
    const status = answer?.status === 200 ? answer.body.order.status : 'unknown'
    if (status !== 'pending' || Date.now() > giveUpAt || shopper.world.isOver()) return status
    await delay(pollMs)
  }
}
