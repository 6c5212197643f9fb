import { moveAtTheLastMoment } from './at-the-last-moment'
import { forgeCallbacks, offerLess } from './forge-callbacks'
import { payAndCancel, payAndGetBack, payAndMeetRefunds } from './give-back'
import { takeSteps } from './keep-shop'
import type { AcknowledgedOrder } from './memory'
import { orderChangingCart } from './order-changing-cart'
import { payBothWays, payByCard } from './pay-by-card'
import { askForPrompt, payByMpesa, payTwice, watch } from './pay-by-mpesa'
import { payInCash } from './pay-in-cash'
import { cancel, orderCart, orderItems } from './place-order'
import { reuseKeys } from './reuse-keys'
import type { Shopper } from './shopper'

export interface Journey {
  name: string
  weight: number
  run(shopper: Shopper): Promise<unknown>
}

type Step = (shopper: Shopper, order: AcknowledgedOrder) => Promise<unknown>

/** What customers do. Another way to shop is a line here. */
export const journeys: readonly Journey[] = [
  { name: 'cart, M-Pesa', weight: 40, run: then(orderCart, payByMpesa) },
  { name: 'items, M-Pesa', weight: 20, run: then(orderItems, payByMpesa) },
  { name: 'the last pieces', weight: 10, run: then(orderHot, payByMpesa) },
  { name: 'leaves without paying', weight: 6, run: orderCart },
  { name: 'orders while the cart changes', weight: 12, run: orderChangingCart },
  { name: 'cancels', weight: 8, run: then(orderItems, cancel) },
  { name: 'cancels before the phone answers', weight: 6, run: then(orderItems, askAndCancel) },
  { name: 'pays in two windows', weight: 5, run: then(orderItems, payTwice) },
  { name: 'items, card', weight: 20, run: then(orderItems, payByCard) },
  { name: 'pays by card and phone', weight: 5, run: then(orderItems, payBothWays) },
  { name: 'pays in cash', weight: 10, run: then(orderItems, payInCash) },
  { name: 'moves at the last moment', weight: 30, run: moveAtTheLastMoment },
  { name: 'uses a key again elsewhere', weight: 5, run: reuseKeys },
  { name: 'pays and cancels', weight: 6, run: then(orderItems, payAndCancel) },
  { name: 'pays and gets back', weight: 8, run: then(orderCart, payAndGetBack) },
  { name: 'refunds here and past the shop meet', weight: 8, run: then(orderItems, payAndMeetRefunds) },
  { name: 'is delivered', weight: 8, run: then(orderCart, payAndReceive) },
  { name: 'forges callbacks', weight: 6, run: then(orderItems, forgeCallbacks) },
  { name: 'offers less', weight: 3, run: then(orderItems, offerLess) },
]

function then(place: (shopper: Shopper) => Promise<AcknowledgedOrder | undefined>, step: Step): Journey['run'] {
  return async (shopper) => {
    const order = await place(shopper)
    if (order) await step(shopper, order)
  }
}

function orderHot(shopper: Shopper) {
  const { random, world } = shopper
  return orderItems(shopper, [{ productId: random.pick(world.hotProducts).id, quantity: random.between(1, 3) }])
}

/** Pays, and the shop sends it; at times the shop cannot after all. */
async function payAndReceive(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  await payByMpesa(shopper, order)
  const { random, world } = shopper
  if (random.chance(0.2)) await takeSteps(world, order.id, ['cancelled'])
  else await takeSteps(world, order.id, ['processing', 'shipped', 'delivered'])
}

async function askAndCancel(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  await askForPrompt(shopper, order)
  await cancel(shopper, order)
  await watch(shopper, order, 2000)
}
