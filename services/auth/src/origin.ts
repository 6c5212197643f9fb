import { isIP } from 'node:net'
import { currentRequestId } from '@duka/kit'
import type { Request } from 'express'

/** Where a request came from, as far as it is known. */
export interface Origin {
  address: string | null
  userAgent: string | null
  requestId: string | null
}

const maxUserAgent = 200

export function originOf(request: Request): Origin {
  return {
    address: plainAddress(request.ip),
    userAgent: request.get('user-agent')?.slice(0, maxUserAgent) ?? null,
    requestId: currentRequestId() ?? null,
  }
}

/** A dual-stack socket shows IPv4 clients as ::ffff:192.0.2.1; a zone such as %eth0 says nothing to anybody else. */
function plainAddress(ip = ''): string | null {
  const address = ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(address) ? address : null
}

/** What one customer holds of addresses: an IPv4 address, or the /56 of an IPv6 one. */
export function networkOf(address: string | null): string {
  if (address === null || isIP(address) !== 6) return address ?? 'unknown'
  const [head = '', tail] = address.split('::')
  const left = head.split(':')
  const right = tail === undefined ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  const [a, b, c, d] = [...left, ...zeros, ...right].map((group) => Number.parseInt(group || '0', 16))
  return [a, b, c, (d ?? 0) & 0xff00].map((group) => (group ?? 0).toString(16)).join(':')
}
