// Daraja speaks East Africa Time: UTC+3, without daylight saving.
const eatOffsetMs = 3 * 3_600_000

export function eatParts(at: number) {
  const iso = new Date(at + eatOffsetMs).toISOString()
  const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-')
  return { year, month, day, clock: iso.slice(11, 19), milliseconds: Number(iso.slice(20, 23)) }
}

/** `YYYYMMDDHHmmss` in East Africa Time. */
export function formatEat(at: number): string {
  const { year, month, day, clock } = eatParts(at)
  return `${year}${month}${day}${clock.replaceAll(':', '')}`
}

/** Milliseconds since 1970 of a `YYYYMMDDHHmmss` stamp; null when it is no real date. */
export function parseEat(stamp: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(stamp)
  if (!match) return null
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const at = Date.UTC(year, month - 1, day, hour, minute, second) - eatOffsetMs
  return formatEat(at) === stamp ? at : null
}
