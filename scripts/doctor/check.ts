import type { Installation } from './installation'

export type Level = 'ok' | 'warning' | 'wrong'

/** One line of a diagnosis. Nothing in it may be a secret: addresses are named by their settings or hosts. */
export type Finding = {
  level: Level
  /** What was looked at, such as `order database`. */
  what: string
  /** What is so. */
  says: string
  /** What to do about it. */
  mend?: string
}

export type Check = {
  name: string
  run(installation: Installation): Promise<Finding[]>
}

export function ok(what: string, says: string): Finding {
  return { level: 'ok', what, says }
}

export function warning(what: string, says: string, mend: string): Finding {
  return { level: 'warning', what, says, mend }
}

export function wrong(what: string, says: string, mend: string): Finding {
  return { level: 'wrong', what, says, mend }
}

/** The code of a failure, or its kind: messages may hold what must not be printed. */
export function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: unknown }
  return code ?? (cause ? codeOf(cause) : (name ?? 'unknown'))
}
