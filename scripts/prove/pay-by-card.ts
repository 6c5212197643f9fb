import type { paymentContract } from '@duka/contracts'
import { createShopClient } from '../demo-shop/shop-client'
import type { AcknowledgedOrder } from './memory'
import { askForPrompt, watch } from './pay-by-mpesa'
import { codeOf, type Shopper } from './shopper'

interface Begun {
  payment: paymentContract.Payment
  clientSecret: string
}

/** What the browser does with the intent, step by step: cards, and how 3-D Secure ends. */
const endings = [
  { weight: 55, steps: ['pm_card_visa'] },
  { weight: 10, steps: ['pm_card_visa_chargeDeclined', 'pm_card_mastercard'] },
  { weight: 8, steps: ['pm_card_authenticationRequired', 'authenticate'] },
  { weight: 5, steps: ['pm_card_authenticationRequired', 'fail-authentication'] },
  { weight: 6, steps: ['pm_sim_processing'] },
  { weight: 4, steps: ['pm_sim_processingFails'] },
  { weight: 3, steps: ['pm_card_createDispute'] },
  { weight: 9, steps: [] },
]

/** Pays by card, in whatever way that ends. */
export async function payByCard(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random } = shopper
  const begun = await beginCard(shopper, order)
  if (!begun) return
  await confirm(shopper, begun, random.pickWeighted(endings).steps)
  await watch(shopper, order, random.between(1, 5) * 1000)
}

/** Cards that pay at once, and differ in how they take money back. */
const goodCards = ['pm_card_visa', 'pm_card_mastercard', 'pm_card_pendingRefund', 'pm_card_refundFail']

/** Pays by a card that is good for it. */
export async function payByGoodCard(shopper: Shopper, order: AcknowledgedOrder) {
  const begun = await beginCard(shopper, order)
  if (begun) await confirm(shopper, begun, [shopper.random.pick(goodCards)])
  return begun?.payment
}

/** Somebody gives money back in Stripe's own dashboard, past the shop; all that is left where no amount is named. */
export async function refundInDashboard({ world }: Shopper, intentId: string, amount?: number): Promise<void> {
  const body = amount === undefined ? {} : { amount: amount * 100 }
  const answer = await createShopClient(world.stripe).send('POST', `/control/payments/${intentId}/refund`, { body })
  if (answer.status === 200) world.memory.count('refunded in the dashboard')
}

/** A card in one window and a phone in the other: money may come from both. */
export async function payBothWays(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const begun = await beginCard(shopper, order)
  const prompt = askForPrompt(shopper, order, ['0'])
  if (begun) await confirm(shopper, begun, ['pm_card_visa'])
  await prompt
  await watch(shopper, order, 3000)
}

async function beginCard(shopper: Shopper, { id: orderId }: AcknowledgedOrder): Promise<Begun | undefined> {
  const { memory } = shopper.world
  const question = { body: { orderId }, key: shopper.newKey() }
  const answer = await shopper.ask<Begun>('POST', '/api/payments/stripe', question)
  if (answer?.status !== 201) {
    memory.count(answer ? `not asked.${answer.status} ${codeOf(answer.body)}` : 'not asked.no answer')
    return undefined
  }
  const { id } = answer.body.payment
  memory.payments.set(id, { id, owner: shopper, orderId })
  return answer.body
}

/** The browser talks to Stripe itself. A step that Stripe refuses, as of an intent that was cancelled, ends it. */
async function confirm({ world }: Shopper, { clientSecret }: Begun, steps: string[]): Promise<void> {
  const [intent] = clientSecret.split('_secret_')
  const stripe = createShopClient(world.stripe)
  for (const step of steps) {
    const answer = await stripe.send('POST', `/control/payments/${intent}/${step}`, { body: {} })
    if (answer.status !== 200) return
  }
}
