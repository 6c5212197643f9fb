import { allowedLagMs, allowLag } from '@duka/kit'
import { LRUCache } from 'lru-cache'
import { keptMs } from './keep-answers'

export interface Count {
  total: number
  /** When counting began. */
  madeAt: number
}

export interface Counts {
  /** The count kept under a key; else what `count` finds. Those who ask meanwhile get the same. */
  count(key: string, count: () => Promise<number>): Promise<Count>
}

const maxKept = 1_000
/** Smaller counts cost next to nothing, and are made anew each time. */
const worthKeeping = 1_000

interface Kept {
  count: Promise<Count>
  until: number
}

/** Big counts cost what they count, so they may lag; an answer with one in it is not kept for longer than the count. */
export function keepCounts(now: () => number = () => performance.now()): Counts {
  const kept = new LRUCache<string, Kept>({ max: maxKept })

  async function start(key: string, find: () => Promise<number>): Promise<Count> {
    const madeAt = now()
    const found = allowLag(allowedLagMs(), find, undefined, now)
    const count = found.then(({ value: total, asOf }) => ({ total, madeAt: Math.min(madeAt, asOf) }))
    const entry: Kept = { count, until: madeAt + keptMs }
    kept.set(key, entry)
    const forget = () => void (kept.peek(key) === entry && kept.delete(key))
    try {
      const { total, madeAt: asOf } = await count
      entry.until = asOf + keptMs
      if (total < worthKeeping) forget()
      return { total, madeAt: asOf }
    } catch (error) {
      forget()
      throw error
    }
  }

  return {
    async count(key, find) {
      const entry = kept.get(key)
      return entry && entry.until > now() ? entry.count : start(key, find)
    },
  }
}
