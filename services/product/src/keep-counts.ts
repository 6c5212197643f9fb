export interface Counts {
  /** The count kept under a key; else what `count` finds. Those who ask meanwhile get the same. */
  count(key: string, count: () => Promise<number>): Promise<number>
}

const keptMs = 5_000
const maxKept = 1_000
/** Smaller counts cost next to nothing, and are made anew each time. */
const worthKeeping = 1_000

interface Kept {
  total: Promise<number>
  until: number
}

/** Big counts cost what they count, so they may lag by five seconds. */
export function keepCounts(now: () => number = Date.now): Counts {
  const kept = new Map<string, Kept>()

  async function start(key: string, count: () => Promise<number>): Promise<number> {
    const entry: Kept = { total: count(), until: Number.POSITIVE_INFINITY }
    kept.set(key, entry)
    try {
      const total = await entry.total
      if (total < worthKeeping) kept.delete(key)
      else entry.until = now() + keptMs
      dropOldest()
      return total
    } catch (error) {
      kept.delete(key)
      throw error
    }
  }

  function dropOldest(): void {
    for (const key of kept.keys()) {
      if (kept.size <= maxKept) return
      kept.delete(key)
    }
  }

  return {
    count(key, count) {
      const entry = kept.get(key)
      if (entry && entry.until > now()) return entry.total
      kept.delete(key)
      return start(key, count)
    },
  }
}
