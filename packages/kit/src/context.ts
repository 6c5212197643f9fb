import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { newTrace, readTraceparent, type Trace } from './trace'
import type { Span } from './tracer'

export interface RequestContext {
  requestId: string
  /** What it came with, as a header or in a job; without a good one it is the first of its trace. */
  traceparent?: string | null | undefined
  /** What is recorded of the work, where it is traced. */
  span?: Span | undefined
  trace?: Trace
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Runs work under a request id and in a trace, which its log lines, calls and jobs then carry. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work)
}

export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId
}

/** Where work belongs. Read only when somebody asks: most requests never do. */
export function traceOf(context: RequestContext): Trace {
  context.trace ??= context.span?.trace ?? readTraceparent(context.traceparent) ?? newTrace()
  return context.trace
}

export function currentTrace(): Trace | undefined {
  const context = storage.getStore()
  return context && traceOf(context)
}

export function currentSpan(): Span | undefined {
  return storage.getStore()?.span
}

/** A time-ordered id (UUID version 7), so that indexes stay local. */
export function newId(): string {
  return uuidv7()
}

const sane = /^[A-Za-z0-9._-]{1,128}$/

/** A request id that a caller sent, if it can be logged as it is; otherwise a random one, which costs less than an ordered one. */
export function requestIdFrom(header: string | undefined): string {
  return header && sane.test(header) ? header : randomUUID()
}
