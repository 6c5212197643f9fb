export interface Failure {
  /** In words, so that equal ones can be counted. */
  what: string
  /** By which the services' logs tell more. */
  requestId?: string | undefined
}

/** What one round saw. */
export interface Sample {
  /** Requests or journeys that succeeded within the measured time. */
  count: number
  seconds: number
  latenciesMs: number[]
  /** Requests or journeys done in all, those before and after the measured time and failed ones included. */
  finished: number
  failures: Failure[]
  /** How long each part of the journeys took in ms, by name, and how often their customers looked. */
  parts: Record<string, number[]>
}

/** Rounds of the same case as one. */
export function addUp(samples: Sample[]): Sample {
  const parts = [...new Set(samples.flatMap(({ parts }) => Object.keys(parts)))]
  return {
    count: sum(samples.map(({ count }) => count)),
    seconds: sum(samples.map(({ seconds }) => seconds)),
    latenciesMs: samples.flatMap(({ latenciesMs }) => latenciesMs),
    finished: sum(samples.map(({ finished }) => finished)),
    failures: samples.flatMap(({ failures }) => failures),
    parts: Object.fromEntries(parts.map((name) => [name, samples.flatMap(({ parts }) => parts[name] ?? [])] as const)),
  }
}

export function perSecond({ count, seconds }: Sample): number {
  return count / seconds
}

/** The value that a share of them do not exceed; null of none. */
export function percentile(values: number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null
}

export function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
