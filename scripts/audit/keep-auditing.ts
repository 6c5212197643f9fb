import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '@duka/kit'
import type { LastAudit } from './audit-metrics'
import type { Books } from './books'
import { auditRepeatedly } from './confirm-findings'
import { auditOnce, countViolations, type Result, violationsOf } from './run-audit'

export interface KeepAuditing {
  openBooks(): Promise<Books>
  everyMs: number
  /** Between two looks at what may only have been under way. */
  pauseMs: number
  last: LastAudit
  log: Log
}

/** At a shop's first start its tables are made while the auditor already looks for them: it does not leave them alone for long. */
const retryMs = 60_000

/** Audits again and again, so many milliseconds from one beginning to the next; sooner after one that could not be done. */
export async function keepAuditing(options: KeepAuditing): Promise<never> {
  for (;;) {
    const begun = performance.now()
    await auditAndTell(options)
    await delay(pauseBeforeNext(options, performance.now() - begun))
  }
}

/** Milliseconds from the end of an audit that took `tookMs` to the next one. */
export function pauseBeforeNext({ everyMs, last }: Pick<KeepAuditing, 'everyMs' | 'last'>, tookMs: number): number {
  return last.ok === false ? Math.min(retryMs, everyMs) : Math.max(0, everyMs - tookMs)
}

/** One audit. Databases that do not answer, or have no tables yet, are told and tried again with the next one. */
export async function auditAndTell({ openBooks, pauseMs, last, log }: KeepAuditing): Promise<void> {
  const begun = performance.now()
  try {
    const results = await auditRepeatedly(() => auditWith(openBooks), pauseMs)
    last.durationSeconds = (performance.now() - begun) / 1000
    Object.assign(last, { results, ok: true, endedAtMs: Date.now() })
    tell(results, last.durationSeconds, log)
  } catch (error) {
    last.ok = false
    log.error('audit_failed', { error: (error as Error).message })
  }
}

async function auditWith(openBooks: () => Promise<Books>): Promise<Result[]> {
  const books = await openBooks()
  return auditOnce(books).finally(() => books.close())
}

function tell(results: Result[], seconds: number, log: Log): void {
  for (const { invariant, about, what } of violationsOf(results)) log.error('violation', { invariant, about, what })
  const checked = results.reduce((sum, result) => sum + result.checked, 0)
  log.info('audited', { checked, violations: countViolations(results), seconds: Number(seconds.toFixed(1)) })
}
