import { currentRequestId, currentSpan, currentTrace, newId, runInContext } from './context'
import { readTraceparent, type Trace, writeTraceparent } from './trace'

/** Of a bounded number of values, or at least short ones; never what a client or a provider sent as a secret. */
export type SpanFields = Record<string, string | number | boolean | undefined>

/** A piece of work as it is recorded. */
export interface Span {
  /** What work that this one causes belongs to. */
  readonly trace: Trace
  rename(name: string): void
  set(fields: SpanFields): void
  /** Names work in another trace that belongs to this. */
  link(other: Trace): void
  /** Ends it once: as failed with an error, or with a word for what went wrong. */
  end(error?: unknown): void
}

export interface SpanStart {
  name: string
  kind: 'server' | 'client' | 'consumer' | 'internal'
  parent: Trace | undefined
  /** What the parent says of recording is a stranger's word: decided anew, for the parent's trace. */
  isFromOutside?: boolean
  fields?: SpanFields
}

export interface Tracer {
  start(span: SpanStart): Span
  /** Sends what is left, within a bounded time. */
  close(): Promise<void>
}

/** Nothing is recorded while there is none: whoever would have to start a span asks for it first. */
export const tracing: { tracer: Tracer | undefined } = { tracer: undefined }

/**
 * The span of something that is done within other work, where that is recorded. Its name and fields are put together
 * only then.
 */
export function startInner(kind: SpanStart['kind'], name: () => string, fields: () => SpanFields): Span | undefined {
  const parent = tracing.tracer && currentSpan()?.trace
  if (!parent?.isSampled) return undefined
  return tracing.tracer?.start({ name: name(), kind, parent, fields: fields() })
}

/** Does work within other work as a span of its own. */
export function inSpan<T>(name: string, fields: SpanFields, work: () => Promise<T>): Promise<T> {
  const span = startInner(
    'internal',
    () => name,
    () => fields,
  )
  return span ? runInSpan(span, currentRequestId() ?? newId(), work) : work()
}

/** Calls another service or a provider as a span of its own. `operation` has no id in it. */
export function callInSpan<T>(
  target: string,
  operation: string,
  send: () => Promise<T>,
  readStatus: (answer: T) => number,
): Promise<T> {
  const span = startInner(
    'client',
    () => `${target} ${operation}`,
    () => ({ 'peer.service': target }),
  )
  if (!span) return send()
  return runInSpan(span, currentRequestId() ?? newId(), async () => {
    const answer = await send()
    const status = readStatus(answer)
    span.set({ 'http.response.status_code': status })
    if (status >= 500) span.end(String(status))
    return answer
  })
}

export interface Resumed {
  name: string
  /** Of the request that caused the work; without it, the work belongs to what runs now. */
  traceparent: string | null | undefined
  requestId?: string | undefined
  fields?: SpanFields
}

/** Does work that an earlier request caused, in the trace of that request; it is linked to what runs now. */
export function resumeTrace<T>(resumed: Resumed, work: () => Promise<T>): Promise<T> {
  const { name, fields = {} } = resumed
  const here = currentTrace()
  const earlier = readTraceparent(resumed.traceparent)
  const requestId = resumed.requestId ?? currentRequestId() ?? newId()
  const span = tracing.tracer?.start({ name, kind: 'consumer', parent: earlier ?? here, fields })
  if (!span) return runInContext({ requestId, traceparent: traceparentOf(earlier ?? here) }, work)
  if (earlier && here?.isSampled && here.traceId !== earlier.traceId) span.link(here)
  return runInSpan(span, requestId, work)
}

async function runInSpan<T>(span: Span, requestId: string, work: () => Promise<T>): Promise<T> {
  try {
    const result = await runInContext({ requestId, span }, work)
    span.end()
    return result
  } catch (error) {
    span.end(error)
    throw error
  }
}

function traceparentOf(trace: Trace | undefined): string | undefined {
  return trace && writeTraceparent(trace)
}

/** Says that the work that runs belongs to another trace as well. */
export function linkTrace(traceparent: string | null | undefined): void {
  const span = currentSpan()
  const other = span && readTraceparent(traceparent)
  if (other && other.traceId !== span.trace.traceId) span.link(other)
}

/** What a call carries, and a row keeps, of the trace of the work that runs. */
export function currentTraceparent(): string | undefined {
  return traceparentOf(currentTrace())
}
