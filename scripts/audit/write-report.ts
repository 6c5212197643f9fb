import { type Finding, isViolation } from './finding'
import type { Result } from './run-audit'

/** One line per invariant. */
export function writeResults(results: Result[]): string {
  const rows = results.map(({ name, checked, findings, unlisted }) => {
    const violations = findings.filter(isViolation).length + unlisted
    return [name, String(checked), String(findings.length + unlisted - violations), String(violations)]
  })
  return writeColumns([['invariant', 'checked', 'covered', 'violations'], ...rows])
}

/** Aligned columns: the first to the left, numbers to the right. */
export function writeColumns(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}

/** How often something is not as it should be but will be, by what will mend it. */
export function writeCovers(results: Result[]): string {
  const counts = new Map<string, number>()
  for (const { invariant, cover } of results.flatMap(({ findings }) => findings)) {
    if (cover) counts.set(`${invariant}: ${cover}`, (counts.get(`${invariant}: ${cover}`) ?? 0) + 1)
  }
  return [...counts].map(([what, count]) => `  ${count} × ${what}`).join('\n')
}

/** What is not as it should be, each by its name, with what will mend it. */
export function writeOpen(findings: Finding[]): string {
  return findings
    .map(({ invariant, about, what, cover }) => `  ${invariant}: ${about} ${what}; it waits for: ${cover}`)
    .join('\n')
}
