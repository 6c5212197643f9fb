import { allowLag, counter } from '@duka/kit'
import { LRUCache } from 'lru-cache'

/** An answer as its bytes, which are the same for all who ask. */
export interface Answer {
  etag: string
  body: Buffer
  /** False where the next one who asks must get a new one. */
  isKept: boolean
}

export interface MadeAnswer extends Answer {
  /** What it was made of: products' ids and the names in `tags`. */
  tags: readonly string[]
  /** When the oldest figure in it was found, where that was before it was asked for. */
  madeAt?: number
}

/** What answers are made of beside single products. */
export const tags = {
  /** Which products there are to list, and all that is edited of them. */
  lists: 'lists',
  /** Which products can be bought at the moment. */
  shelf: 'shelf',
} as const

/** What changed: the tags of what may be another answer now. */
export type Change = readonly string[] | 'all'

export interface Answers {
  /** The answer kept under a key, or else what `make` gives. All who ask meanwhile get the same. */
  get(key: string, make: () => Promise<MadeAnswer>): Promise<Answer>
  /** To be called after each change, and before whoever made it is answered: what was made before is not given any more. */
  forget(change: Change): void
  /** The same for a change that others were told of already. */
  hear(change: Change): void
  /** Gets each change that this process makes. */
  onForget: (change: Change) => void
}

const outcomes = counter({
  name: 'answer_cache_requests_total',
  help: 'Public reads: answered with kept bytes (hit), made (miss), or waiting for one that is being made (shared).',
  labels: ['outcome'],
})
const hit = outcomes.with('hit')
const miss = outcomes.with('miss')
const shared = outcomes.with('shared')

/** Changes that this process does not hear of are seen after so long. */
export const keptMs = 3_000
/** A replica may be so far behind for an answer to be made of what it shows; its age counts from then. */
const maxLagMs = 1_000
const maxKept = 5_000
const maxBytes = 24_000_000
/** Beyond, all answers are forgotten once, instead of one change. */
const maxChanges = 20_000
const overheadBytes = 300
const bytesPerTag = 60

interface Kept extends MadeAnswer {
  madeAt: number
  /** How many changes there had been when making it began. */
  seen: number
}

/** Keeps answers until something that they are made of changes, for three seconds at most and within 24 MB. */
export function keepAnswers(now: () => number = () => performance.now()): Answers {
  const kept = new LRUCache<string, Kept>({
    max: maxKept,
    maxSize: maxBytes,
    sizeCalculation: ({ body, tags }, key) => body.length + 2 * key.length + bytesPerTag * tags.length + overheadBytes,
  })
  const making = new Map<string, { seen: number; startedAt: number; answer: Promise<Kept> }>()
  const changes = new Map<string, number>()
  let changeCount = 0
  let allChangedAt = 0
  /** When the last changes came, oldest first, as far back as an answer can be of use. */
  const changeTimes: number[] = []

  function lastChange({ tags }: Kept): number {
    let last = allChangedAt
    for (const tag of tags) last = Math.max(last, changes.get(tag) ?? 0)
    return last
  }

  function isGood(entry: Kept): boolean {
    if (entry.madeAt + keptMs <= now()) return false
    return entry.seen === changeCount || lastChange(entry) <= entry.seen
  }

  /** How many changes there had been by then. */
  function countBy(time: number): number {
    const later = changeTimes.length - 1 - changeTimes.findLastIndex((each) => each <= time)
    return changeCount - later
  }

  async function makeOnce(make: () => Promise<MadeAnswer>): Promise<Kept> {
    const [seen, startedAt] = [changeCount, now()]
    const made = await make()
    return { ...made, seen, madeAt: Math.min(made.madeAt ?? startedAt, startedAt) }
  }

  /** What a replica shows will do where nothing changed since that it is made of. Nor is a replica believed that something is not there. */
  async function makeAnywhere(make: () => Promise<MadeAnswer>): Promise<Kept> {
    let isLagging = false
    const onLag = () => {
      isLagging = true
    }
    try {
      const { value: entry, asOf } = await allowLag(maxLagMs, () => makeOnce(make), onLag, now)
      if (!isLagging) return entry
      const lagging = { ...entry, seen: Math.min(entry.seen, countBy(asOf)), madeAt: Math.min(entry.madeAt, asOf) }
      if (lastChange(lagging) <= lagging.seen) return lagging
    } catch (error) {
      if (!isLagging) throw error
    }
    return (await allowLag(0, () => makeOnce(make), undefined, now)).value
  }

  function start(key: string, make: () => Promise<MadeAnswer>): Promise<Kept> {
    const [seen, startedAt] = [changeCount, now()]
    const answer = makeAnywhere(make).then((entry) => {
      if (entry.isKept && isGood(entry)) kept.set(key, entry)
      return entry
    })
    const flight = { seen, startedAt, answer }
    making.set(key, flight)
    const end = () => void (making.get(key) === flight && making.delete(key))
    answer.then(end, end)
    return answer
  }

  function hear(change: Change): void {
    changeCount++
    changeTimes.push(now())
    while ((changeTimes[0] ?? now()) < now() - keptMs) changeTimes.shift()
    if (change === 'all' || changes.size + change.length > maxChanges) {
      changes.clear()
      allChangedAt = changeCount
      kept.clear()
    } else {
      for (const tag of change) changes.set(tag, changeCount)
    }
  }

  /** What changed after the call came may be missing in its answer; what changed before must not. */
  async function read(key: string, make: () => Promise<MadeAnswer>, asked: number): Promise<Kept> {
    const known = kept.get(key)
    if (known && isGood(known)) {
      hit.inc()
      return known
    }
    const running = making.get(key)
    if (!running || running.startedAt + keptMs <= now()) {
      miss.inc()
      return start(key, make)
    }
    shared.inc()
    const entry = await running.answer
    return entry.seen < asked && lastChange(entry) > entry.seen ? read(key, make, asked) : entry
  }

  const answers: Answers = {
    get: (key, make) => read(key, make, changeCount),
    hear,
    forget(change) {
      hear(change)
      answers.onForget(change)
    },
    onForget: () => undefined,
  }
  return answers
}
