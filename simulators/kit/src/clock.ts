/** The only source of time for tokens, prompts and callbacks, so that tests can move it. Times are milliseconds since 1970. */
export type Clock = {
  now(): number
  /** Runs once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export type ManualClock = Clock & { advance(ms: number): void }

/** A clock that stands still until `advance` is called, which runs what falls due in order of time. */
export function createManualClock(start = Date.UTC(2026, 10, 2, 9, 0, 0)): ManualClock {
  let now = start
  let waiting: { at: number; run: () => void }[] = []
  const takeDue = (until: number) => {
    const due = waiting.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0]
    waiting = waiting.filter((entry) => entry !== due)
    return due
  }
  return {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run }
      waiting.push(entry)
      return () => {
        waiting = waiting.filter((other) => other !== entry)
      }
    },
    advance(ms) {
      const until = now + ms
      for (let due = takeDue(until); due; due = takeDue(until)) {
        now = due.at
        due.run()
      }
      now = until
    },
  }
}
