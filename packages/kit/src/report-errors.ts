import { currentRequestId, currentTrace } from './context'

/** Short facts about where an error happened, such as a route's pattern or a task's name. */
export type ErrorFacts = Record<string, string | undefined>

export interface ErrorReporter {
  report(error: unknown, facts: ErrorFacts): void
  /** Sends what is left, within a bounded time. */
  close(): Promise<void>
}

/** There is none unless errors are to be told to somebody. */
export const reporting: { reporter: ErrorReporter | undefined } = { reporter: undefined }

/** Tells of an error that nobody expected: a bug, or work that is given up. Never throws, never waits. */
export function reportError(error: unknown, facts: ErrorFacts = {}): void {
  reporting.reporter?.report(error, { requestId: currentRequestId(), traceId: currentTrace()?.traceId, ...facts })
}
