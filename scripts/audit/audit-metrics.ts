import { gauge } from '@duka/kit/metrics'
import { isViolation } from './finding'
import type { Result } from './run-audit'

/** What the last audit was like; nothing of it before the first one has ended. */
export interface LastAudit {
  /** Those of the last audit that came to its end. */
  results?: Result[]
  endedAtMs?: number
  durationSeconds?: number
  /** Whether the last one came to its end; false where a database did not answer. */
  ok?: boolean
}

/** Lets Prometheus see what `last` tells at the time. */
export function exposeAudit(last: LastAudit): void {
  const perRule = (count: (result: Result) => number) => () =>
    (last.results ?? []).map((result) => [count(result), result.name] as const)
  gauge({
    name: 'audit_findings',
    help: 'Violations that the last audit found, by rule.',
    labels: ['rule'],
    read: perRule(({ findings, unlisted }) => findings.filter(isViolation).length + unlisted),
  })
  gauge({
    name: 'audit_checked',
    help: 'Things that the last audit looked at, by rule.',
    labels: ['what'],
    read: perRule(({ checked }) => checked),
  })
  const single = (name: string, help: string, read: () => number | undefined) =>
    gauge({ name, help, labels: [], read: () => [read()].flatMap((value) => (value === undefined ? [] : [[value]])) })
  single('audit_last_run_timestamp_seconds', 'When the last audit that came to its end did so.', () =>
    last.endedAtMs === undefined ? undefined : last.endedAtMs / 1000,
  )
  single('audit_last_run_ok', '1 when the last audit came to its end, 0 when it could not look at everything.', () =>
    last.ok === undefined ? undefined : Number(last.ok),
  )
  single('audit_duration_seconds', 'How long the last audit took.', () => last.durationSeconds)
}
