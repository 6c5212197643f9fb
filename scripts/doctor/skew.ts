import { type Finding, ok, warning } from './check'

/** Tokens and signed events are good for minutes, and expiry compares times of several machines. */
const toleratedMs = 5_000

/** Compares this machine's clock with another, asked between two looks at this one. */
export function compareClocks(what: string, theirs: Date, before: number, after: number, precisionMs = 0): Finding {
  const far = Math.max(before - (theirs.getTime() + precisionMs), theirs.getTime() - after, 0)
  if (far <= toleratedMs) return ok(what, 'agrees with this machine')
  const by = `${(far / 1000).toFixed(0)} s ${theirs.getTime() > after ? 'ahead of' : 'behind'} this machine`
  return warning(what, by, 'let both machines follow an NTP server')
}
