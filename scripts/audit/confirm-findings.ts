import { setTimeout as delay } from 'node:timers/promises'
import { type Finding, isViolation } from './finding'
import { countViolations, type Result } from './run-audit'

const looks = 3

/**
 * Audits a shop that goes on meanwhile. Databases are read one after the other, so a step between two of them looks like
 * a violation to one audit; what stands in each of three, some time apart, is one.
 */
export async function auditRepeatedly(audit: () => Promise<Result[]>, pauseMs: number): Promise<Result[]> {
  let results = await audit()
  for (let look = 1; look < looks && countViolations(results) > 0; look++) {
    await delay(pauseMs)
    results = confirm(results, await audit())
  }
  return results
}

/** The later results, of whose violations only those are left that the earlier ones have too. */
export function confirm(earlier: Result[], later: Result[]): Result[] {
  const known = new Set(earlier.flatMap(({ findings }) => findings.filter(isViolation).map(keyOf)))
  return later.map((result) => {
    const before = earlier.find(({ name }) => name === result.name)
    // Where one audit had more violations than it lists, the list of the other cannot clear any.
    const isListed = (before?.unlisted ?? 0) === 0
    const findings = result.findings.filter((each) => !isViolation(each) || !isListed || known.has(keyOf(each)))
    return { ...result, findings, unlisted: Math.min(result.unlisted, before?.unlisted ?? 0) }
  })
}

function keyOf({ invariant, about }: Finding): string {
  return `${invariant} ${about}`
}
