import { setTimeout as delay } from 'node:timers/promises'
import type { Books } from './books'
import { type Finding, type Invariant, isViolation } from './finding'
import { invariants } from './invariants'

export interface Result {
  name: string
  rule: string
  /** How many things were looked at. */
  checked: number
  /** The first of them; `unlisted` counts the rest. */
  findings: Finding[]
  unlisted: number
}

const mostListed = 200
const pollMs = 2000

/** Checks every invariant once. It only reads. */
export async function auditOnce(books: Books): Promise<Result[]> {
  const results: Result[] = []
  for (const invariant of invariants) results.push(await check(invariant, books))
  return results
}

export interface Waiting {
  /** Which of what is covered is waited for. */
  isAwaited: (finding: Finding) => boolean
  /** Done before each look but the first. */
  hasten: () => Promise<void>
}

const untilJobsAreDone: Waiting = { isAwaited: hasJob, hasten: async () => {} }

/**
 * Audits again and again until nothing is left to be done, at most so long; the last result stands. What is covered by
 * a person's review, or by a question to a provider, stays as it is and is not waited for, unless it is said otherwise.
 */
export async function auditUntilQuiet(
  books: Books,
  waitSeconds: number,
  { isAwaited, hasten }: Waiting = untilJobsAreDone,
): Promise<Result[]> {
  const giveUpAt = Date.now() + waitSeconds * 1000
  for (;;) {
    const results = await auditOnce(books)
    const restless = results.some(({ findings }) => findings.some((each) => isViolation(each) || isAwaited(each)))
    if (!restless || Date.now() + pollMs > giveUpAt) return results
    await delay(pollMs)
    await hasten()
  }
}

export function violationsOf(results: Result[]): Finding[] {
  return results.flatMap(({ findings }) => findings.filter(isViolation))
}

export function countViolations(results: Result[]): number {
  return results.reduce((sum, { unlisted }) => sum + unlisted, violationsOf(results).length)
}

function hasJob({ cover = '' }: Finding): boolean {
  return cover.startsWith('job ') || cover.startsWith('a callback')
}

// Violations past the limit are counted; what is covered is only listed as far as there is room.
async function check({ name, rule, check }: Invariant, books: Books): Promise<Result> {
  const result: Result = { name, rule, checked: 0, findings: [], unlisted: 0 }
  const count = (things: number) => {
    result.checked += things
  }
  for await (const complaint of check(books, count)) {
    if (result.findings.length < mostListed) result.findings.push({ invariant: name, ...complaint })
    else if (isViolation(complaint)) result.unlisted++
  }
  return result
}
