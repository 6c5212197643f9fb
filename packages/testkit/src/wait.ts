import { setTimeout as pause } from 'node:timers/promises'

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>

/** Asks until the answer is truthy. Fails, naming what it waited for, when the time is up. */
export async function eventually<T>(what: string, ask: () => Promise<T>, timeoutMs = 15_000): Promise<Truthy<T>> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Truthy<T>
    if (Date.now() > until) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`)
    await pause(25)
  }
}
