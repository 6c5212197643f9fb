import { setTimeout as delay } from 'node:timers/promises'
import { faults } from './faults'
import type { Memory } from './memory'
import type { ProveShop } from './prove-shop'
import { createRandom } from './random'

const pauseMs = { least: 500, most: 4000 }

/** Lets faults strike one after the other, and at times together, until the time is over; then waits for their ends. */
export async function strikeFaults(
  shop: ProveShop,
  memory: Memory,
  seed: number,
  isOver: () => boolean,
): Promise<void> {
  const random = createRandom(seed, 'faults')
  const striking: Promise<unknown>[] = []
  for (let n = 1; ; n++) {
    await delay(random.between(pauseMs.least, pauseMs.most))
    const fault = random.pickWeighted(faults)
    if (isOver()) break
    memory.count(`fault.${fault.name}`)
    striking.push(fault.strike(shop, createRandom(seed, `fault ${n}`)))
  }
  await Promise.all(striking)
}
