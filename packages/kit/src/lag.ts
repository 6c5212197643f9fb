import { AsyncLocalStorage } from 'node:async_hooks'

/** Of a request: how many milliseconds old its answer may be. Absent: not at all. Only the gateway says it. */
export const maxLagHeader = 'x-max-lag-ms'
/** Of an answer: how many milliseconds old it may be. Absent: not at all. Only the gateway is told. */
export const lagHeader = 'x-lag-ms'

/** No setting allows more, so nothing is remembered for longer. */
export const mostLagMs = 60_000

/** What reads may do on behalf of one piece of work. */
interface Allowance {
  maxLagMs: number
  /** As of when all that was read is known to be, on this process's monotonic clock. */
  asOf: number
  onLag: (asOf: number) => void
}

const allowances = new AsyncLocalStorage<Allowance>()

/**
 * Runs work whose reads by way of `Reads` may show the database as it was up to `maxLagMs` ago; outside of it none may.
 * Says as of when everything was that was read.
 */
export async function allowLag<T>(
  maxLagMs: number,
  work: () => T | Promise<T>,
  onLag: (asOf: number) => void = () => undefined,
  now: () => number = () => performance.now(),
): Promise<{ value: T; asOf: number }> {
  const allowance: Allowance = { maxLagMs, asOf: now(), onLag }
  const outer = allowances.getStore()
  const value = await allowances.run(allowance, work)
  if (outer) lower(outer, allowance.asOf)
  return { value, asOf: allowance.asOf }
}

/** How old what is read now may be. */
export function allowedLagMs(): number {
  return allowances.getStore()?.maxLagMs ?? 0
}

/** Something was read that may have changed since. */
export function noteLag(asOf: number): void {
  const allowance = allowances.getStore()
  if (allowance) lower(allowance, asOf)
}

function lower(allowance: Allowance, asOf: number): void {
  if (asOf >= allowance.asOf) return
  allowance.asOf = asOf
  allowance.onLag(asOf)
}

/** What a request's header allows. */
export function readMaxLag(header: string | undefined): number {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Math.min(Number(header), mostLagMs) : 0
}
