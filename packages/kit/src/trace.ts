import { randomFillSync } from 'node:crypto'

/** Where work belongs: the trace, the span in it that caused the work, and whether that trace is recorded. */
export interface Trace {
  traceId: string
  spanId: string
  isSampled: boolean
}

/** Of a later version only the part is read that all versions share (W3C Trace Context, 3.2.1). */
const known = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const later = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/
const zeros = /^0+$/
/** Longer than any header of today's version; what a later one adds is not read. */
const maxLength = 200

/** Reads a `traceparent`; undefined where there is none, or one that makes no sense. */
export function readTraceparent(header: unknown): Trace | undefined {
  if (typeof header !== 'string' || header.length > maxLength) return undefined
  const [, traceId = '', spanId = '', flags = ''] = known.exec(header) ?? later.exec(header) ?? []
  if (zeros.test(traceId || '0') || zeros.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export function writeTraceparent({ traceId, spanId, isSampled }: Trace): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}

const pool = Buffer.alloc(4_096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}

/** A place in a trace, a new one unless its id is given, which is not recorded: only a tracer decides that. */
export function newTrace(traceId = randomHex(16)): Trace {
  return { traceId, spanId: randomHex(8), isSampled: false }
}
