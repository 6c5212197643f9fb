/**
 * Whether a setting such as postgres://user:password@host:5432/database can be read, and read in one way only. A password
 * with a bare # or / or ? ends the host's part, and what is left of it would be taken for a host.
 */
export function isConnectionString(value: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, hostname, pathname, search, hash } = new URL(value)
  if (!schemes.includes(protocol.slice(0, -1)) || hash !== '') return false
  if (`${pathname}${search}`.includes('@') || (hostname === '' && search === '')) return false
  return [username, password, pathname, search].every(isDecodable)
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
