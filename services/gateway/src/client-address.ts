import { isIP } from 'node:net'
import type { Request } from 'express'
import { ipKeyGenerator } from 'express-rate-limit'

/** Some proxies write the port too, which would make every connection a client of its own. */
const withPort = /^(?:([\d.]+):\d+|\[([^\]]+)\](?::\d+)?)$/

/** The client's address, as far as it can be trusted; that of the next proxy where what it says is no address. */
export function addressOf(request: Request, trustedHops: number): string {
  const peer = request.socket.remoteAddress ?? ''
  if (trustedHops === 0) return plain(peer)
  const said = request.ip ?? ''
  const [, four, six] = withPort.exec(said) ?? []
  const address = four ?? six ?? said
  return plain(isIP(address) ? address : peer)
}

/** A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1. */
function plain(address: string): string {
  if (address === '') return 'unknown'
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** What one client holds of addresses: an IPv4 address, or the /56 of an IPv6 one. */
export function networkOf(address: string): string {
  return address.includes(':') ? ipKeyGenerator(address) : address
}
