import type { Clock } from './clock'
import type { Poster } from './post-text'

/** What is POSTed in one try; null: this try is lost on its way. */
export type Letter = { text: string; headers?: Record<string, string> } | null

/** One thing to tell a receiver. `heldMs`: it waits until something sent later has overtaken it, at most so long. */
export type Delivery = {
  url: string
  /** Called for each try, so that a letter can be signed afresh. */
  write: () => Letter
  afterMs?: number
  dripMs?: number
  heldMs?: number
  /** How long to wait after that many tries that were not taken; undefined: give up. */
  retryAfterMs?: (tries: number) => number | undefined
}

/** `abandoned`: called off by a stop. `status` is the last answer's, 0 without one, and `tookMs` how long it took. */
export type Ending = { how: 'arrived' | 'refused' | 'abandoned'; status: number; tookMs: number }

export type Courier = {
  /** Resolves when the delivery has come to its end. */
  send(delivery: Delivery): Promise<Ending>
  /** Resolves when nothing is on its way; what still waits for its time does not count. */
  idle(): Promise<void>
  /** Forgets whatever has not been sent yet. */
  abandon(): void
}

type Options = {
  clock: Clock
  poster: Poster
  timeoutMs: number
  onFailure: (url: string, reason: string) => void
}

export function createCourier({ clock, poster, timeoutMs, onFailure }: Options): Courier {
  const sending = new Set<Promise<unknown>>()
  let held: (() => void)[] = []
  let generation = 0

  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  const overtaken = (heldMs: number) =>
    new Promise<void>((resolve) => {
      const cancel = clock.after(heldMs, resolve)
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
  const postOnce = async ({ url, write, dripMs = 0 }: Delivery): Promise<number> => {
    const letter = write()
    if (!letter) return 0
    const posting = poster.post(url, letter.text, {
      timeoutMs,
      dripMs,
      ...(letter.headers && { headers: letter.headers }),
    })
    sending.add(posting)
    try {
      const status = await posting
      if (!isTaken(status)) onFailure(url, `answered ${status}`)
      return status
    } catch (error) {
      onFailure(url, error instanceof Error ? error.message : String(error))
      return 0
    } finally {
      sending.delete(posting)
    }
  }

  return {
    async send(delivery) {
      const mine = generation
      if (delivery.afterMs) await wait(delivery.afterMs)
      if (delivery.heldMs !== undefined) await overtaken(delivery.heldMs)
      for (let tries = 1; mine === generation; tries++) {
        const sentAt = performance.now()
        const status = await postOnce(delivery)
        const tookMs = performance.now() - sentAt
        if (delivery.heldMs === undefined) releaseHeld()
        if (mine !== generation) break
        if (isTaken(status)) return { how: 'arrived', status, tookMs }
        const waitMs = delivery.retryAfterMs?.(tries)
        if (waitMs === undefined) return { how: 'refused', status, tookMs }
        await wait(waitMs)
      }
      return { how: 'abandoned', status: 0, tookMs: 0 }
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

const isTaken = (status: number) => status >= 200 && status < 300
