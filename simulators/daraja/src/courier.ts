import type { Clock } from './clock'
import type { Poster } from './post-text'
import type { Switches } from './switches'

/** One POST to a receiver. `held` waits until something sent later has overtaken it. */
export type Delivery = {
  url: string
  text: string
  afterMs: number
  dripMs: number
  held: boolean
  headers?: Record<string, string>
}

export type Courier = {
  /** Resolves when the delivery has come to its end; false when it was called off by `abandon`. */
  send(delivery: Delivery): Promise<boolean>
  /** Resolves when nothing is on its way; what still waits for its time does not count. */
  idle(): Promise<void>
  /** Forgets whatever has not been sent yet. */
  abandon(): void
}

type Options = {
  clock: Clock
  poster: Poster
  switches: () => Switches
  timeoutMs: number
  onFailure: (url: string, reason: string) => void
}

export function createCourier({ clock, poster, switches, timeoutMs, onFailure }: Options): Courier {
  const sending = new Set<Promise<unknown>>()
  let held: (() => void)[] = []
  let generation = 0

  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  const overtaken = () =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(switches().reordered.maxMs, resolve)
      held.push(() => {
        cancel()
        resolve()
      })
    })
  const releaseHeld = () => {
    const released = held
    held = []
    for (const release of released) release()
  }
  const postOnce = async ({ url, text, dripMs, headers }: Delivery): Promise<boolean> => {
    const posting = poster.post(url, text, { timeoutMs, dripMs, ...(headers && { headers }) })
    sending.add(posting)
    try {
      const status = await posting
      if (status >= 200 && status < 300) return true
      onFailure(url, `answered ${status}`)
    } catch (error) {
      onFailure(url, error instanceof Error ? error.message : String(error))
    } finally {
      sending.delete(posting)
    }
    return false
  }

  return {
    async send(delivery) {
      const mine = generation
      if (delivery.afterMs > 0) await wait(delivery.afterMs)
      if (delivery.held) await overtaken()
      for (let tries = 0; mine === generation; tries++) {
        const arrived = await postOnce(delivery)
        if (!delivery.held) releaseHeld()
        if (arrived || tries >= switches().retries.times) return mine === generation
        await wait(switches().retries.everyMs)
      }
      return false
    },
    async idle() {
      while (sending.size > 0) {
        await Promise.allSettled(sending)
        // Lets what awaited the answer take its own next step first.
        await new Promise(setImmediate)
      }
    },
    abandon() {
      generation += 1
      held = []
    },
  }
}
