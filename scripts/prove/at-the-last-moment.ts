import { setTimeout as delay } from 'node:timers/promises'
import type { AcknowledgedOrder } from './memory'
import { payByCard } from './pay-by-card'
import { payByMpesa } from './pay-by-mpesa'
import { payInCash } from './pay-in-cash'
import { cancel } from './place-order'
import type { Shopper } from './shopper'

/** Around the time that an order expires, and as long after it as its expiry may take to begin. */
const earliestMs = -300
const latestMs = 1_500
const longestPauseMs = 200

const lastMoves = [
  { weight: 5, run: payInCash },
  { weight: 3, run: payByCard },
  { weight: 3, run: payByMpesa },
  { weight: 1, run: cancel },
]

/** Shops on while the order waits, and pays, or cancels, at the very moment when its time is up. */
export async function moveAtTheLastMoment(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const { random, world } = shopper
  if (!order.expiresAt) return
  const at = order.expiresAt.getTime() + random.between(earliestMs, latestMs)
  const { run } = random.pickWeighted(lastMoves)
  world.later.push(
    (async () => {
      while (Date.now() < at && !world.isOver()) await delay(Math.min(longestPauseMs, at - Date.now()))
      if (!world.isOver()) await run(shopper, order)
    })(),
  )
}
