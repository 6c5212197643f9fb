import { Problem } from '@duka/kit'

export interface Limits {
  /** How many run at once. */
  atOnce: number
  /** How many may wait; beyond it work is refused with a 503 Problem. */
  waiting: number
}

/** Runs work in the order in which it came, a bounded number at once, behind a queue of bounded length. */
export function limitConcurrency({ atOnce, waiting }: Limits) {
  const queue: (() => void)[] = []
  let running = 0

  async function takeTurn(): Promise<void> {
    if (running < atOnce) {
      running += 1
      return
    }
    if (queue.length >= waiting) throw tooBusy()
    // Whoever ends hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function endTurn(): void {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    await takeTurn()
    try {
      return await work()
    } finally {
      endTurn()
    }
  }
  return { inTurn, waiting: () => queue.length }
}

function tooBusy(): Problem {
  return new Problem(503, 'too_busy', 'Too many people are signing in at this moment. Please try again shortly.', {
    headers: { 'Retry-After': '5' },
  })
}
