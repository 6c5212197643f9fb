import { setTimeout as delay } from 'node:timers/promises'
import type { AcknowledgedOrder } from './memory'
import { payByCard } from './pay-by-card'
import { payByMpesa } from './pay-by-mpesa'
import { payInCash } from './pay-in-cash'
import { cancel, orderItems } from './place-order'
import type { Shopper } from './shopper'

/** Around the time that an order expires, and as long after it as its expiry may take to begin. */
const earliestMs = -200
const latestMs = 1_200
const longestPauseMs = 200
/** The moment in which two moves meet is a few milliseconds long, so it is tried often. */
const mostOrders = 4

const lastMoves = [
  { weight: 7, run: payInCash },
  { weight: 2, run: payByCard },
  { weight: 2, run: payByMpesa },
  { weight: 1, run: cancel },
]

/** Shops on while some orders wait, and pays, or cancels, each of them at the very moment when its time is up. */
export async function moveAtTheLastMoment(shopper: Shopper): Promise<void> {
  const { random, world } = shopper
  for (let left = random.between(1, mostOrders); left > 0; left--) {
    const order = await orderItems(shopper)
    if (order?.expiresAt) world.later.push(moveAround(shopper, order, order.expiresAt.getTime()))
  }
}

async function moveAround(shopper: Shopper, order: AcknowledgedOrder, endsAt: number): Promise<void> {
  const { random, world } = shopper
  const at = endsAt + random.between(earliestMs, latestMs)
  const { run } = random.pickWeighted(lastMoves)
  while (Date.now() < at && !world.isOver()) await delay(Math.min(longestPauseMs, at - Date.now()))
  if (!world.isOver()) await run(shopper, order)
}
