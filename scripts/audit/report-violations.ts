import type { Books } from './books'
import { readTimeline } from './read-timeline'
import { type Result, violationsOf } from './run-audit'

const timelinesShown = 20

/** Every violation in words, and after its first one the timeline of each order that is concerned. */
export async function reportViolations(books: Books, results: Result[]): Promise<string[]> {
  const lines: string[] = []
  const told = new Set<string>()
  for (const { invariant, about, what, orderId } of violationsOf(results)) {
    lines.push(`VIOLATION of ${invariant}: ${about} ${what}`)
    if (!orderId || told.has(orderId) || told.size >= timelinesShown) continue
    told.add(orderId)
    lines.push(...(await readTimeline(books, orderId)).map((line) => `    ${line}`))
  }
  return lines
}
