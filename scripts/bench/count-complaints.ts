import type { LogLine } from '../own-shop'

const longestReason = 120

/** Log lines by service and event, the most frequent first, each with its first reason. */
export function countComplaints(lines: LogLine[]): string[] {
  const kinds = new Map<string, { count: number; reason: string }>()
  for (const line of lines) {
    const { kind, reason } = read(line)
    const { count, reason: first } = kinds.get(kind) ?? { count: 0, reason }
    kinds.set(kind, { count: count + 1, reason: first })
  }
  return [...kinds]
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([kind, { count, reason }]) => `${count} × ${kind}${reason && `: ${reason.slice(0, longestReason)}`}`)
}

function read({ process, text }: LogLine): { kind: string; reason: string } {
  const fields = parse(text)
  if (!fields) return { kind: `${process} ${text}`, reason: '' }
  const { level, event, reason, error, detail, requestId } = fields
  const said = [reason, error, detail, requestId && `request ${requestId}`].filter(Boolean).join(', ')
  return { kind: `${process} ${level} ${event}`, reason: said }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
