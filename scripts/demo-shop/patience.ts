import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './shop-client'

const attempts = 5
const longestWaitSeconds = 30

/** Asks again where the shop answers "later" (429, 503), after as long as it asks for; the last answer stands. */
export async function askPatiently<T>(log: (line: string) => void, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask()
    if ((answer.status !== 429 && answer.status !== 503) || attempt === attempts) return answer
    const seconds = waitSeconds(answer.headers.get('retry-after'))
    log(`${answer.call} answers ${answer.status}: asking again in ${seconds} s (${attempt} of ${attempts - 1})`)
    await sleep(seconds * 1000)
  }
}

/** Retry-After in seconds; its other form, a date, is not used in this shop. */
function waitSeconds(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? 1)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), longestWaitSeconds) : 1
}
