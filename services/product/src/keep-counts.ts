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
    const entry: Kept = { count: find().then((total) => ({ total, madeAt })), until: madeAt + keptMs }
    kept.set(key, entry)
    const forget = () => void (kept.peek(key) === entry && kept.delete(key))
    try {
      const count = await entry.count
      if (count.total < worthKeeping) forget()
      return count
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
