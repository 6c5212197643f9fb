/**
 * Whether a client that sent this `If-None-Match` has what the tag names already (RFC 9110, 13.1.2), so that a 304 will do.
 * Express looks at Cache-Control first, and sends the whole to whoever asks for no-cache: all that `fetch` makes conditional.
 */
export function hasAlready(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return etag !== undefined && ifNoneMatch.split(',').some((tag) => withoutWeakness(tag) === withoutWeakness(etag))
}

/** Tags are compared weakly here. Our own have no comma in them. */
function withoutWeakness(tag: string): string {
  return tag.trim().replace(/^W\//, '')
}
