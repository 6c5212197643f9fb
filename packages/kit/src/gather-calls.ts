export interface Gathering<W, A> {
  /** Calls of one lane come one batch after the other; lanes do not wait for each other. */
  laneOf(work: W): string
  /** Calls with the same key never share a batch. */
  keyOf(work: W): string
  maxBatch: number
  /** More do not wait in a lane: they are refused by `tooMany`. */
  maxWaiting: number
  tooMany(): Error
  /** Answers in the order of the works. */
  run(works: W[]): Promise<A[]>
  /** Whether an error may be the fault of one of several works, so that the others are to be run without it. */
  isOneOfThem(error: unknown): boolean
}

interface Waiting<W, A> {
  work: W
  resolve(answer: A): void
  reject(error: unknown): void
}

/**
 * What PostgreSQL said of one of several works, by its SQLSTATE: bad data, a broken constraint, a deadlock, a check of
 * our own. Not a lost connection, nor a timeout.
 */
export function isOneOfThem(error: unknown): boolean {
  return /^(22|23|40|P0)/.test(codeOf(error))
}

/** Each waited for the other, and PostgreSQL ended this one: nothing of it was done. */
export function isDeadlock(error: unknown): boolean {
  return codeOf(error) === '40P01'
}

function codeOf(error: unknown): string {
  return (error as { parent?: { code?: string } }).parent?.code ?? ''
}

/** Takes calls together: what comes while its lane is busy waits, and is run in one go with all that waits there. */
export function gatherCalls<W, A>(gathering: Gathering<W, A>) {
  const { laneOf, keyOf, maxBatch, maxWaiting, tooMany, run, isOneOfThem } = gathering
  const lanes = new Map<string, Waiting<W, A>[]>()

  async function runLane(lane: string, waiting: Waiting<W, A>[]): Promise<void> {
    while (waiting.length > 0) await settle(takeBatch(waiting))
    lanes.delete(lane)
  }

  function takeBatch(waiting: Waiting<W, A>[]): Waiting<W, A>[] {
    const batch = new Map<string, Waiting<W, A>>()
    const later = waiting.filter((call) => {
      const key = keyOf(call.work)
      if (batch.size >= maxBatch || batch.has(key)) return true
      batch.set(key, call)
      return false
    })
    waiting.splice(0, waiting.length, ...later)
    return [...batch.values()]
  }

  async function settle(batch: Waiting<W, A>[]): Promise<void> {
    try {
      const answers = await run(batch.map(({ work }) => work))
      batch.forEach(({ resolve }, index) => void resolve(answers[index] as A))
    } catch (error) {
      if (batch.length > 1 && isOneOfThem(error)) await Promise.all(batch.map((call) => settle([call])))
      else for (const { reject } of batch) reject(error)
    }
  }

  return (work: W): Promise<A> =>
    new Promise((resolve, reject) => {
      const call = { work, resolve, reject }
      const lane = laneOf(work)
      const waiting = lanes.get(lane)
      if (waiting) return void (waiting.length < maxWaiting ? waiting.push(call) : reject(tooMany()))
      const begun = [call]
      lanes.set(lane, begun)
      void runLane(lane, begun)
    })
}
