import { hostname, networkInterfaces } from 'node:os'
import { type Check, ok, warning } from './check'

const what = 'proxies in front'

/** Whether the gateway believes as many proxies as there are between the public address and itself, as far as settings tell. */
export function createProxiesCheck(ownHosts = findOwnHosts()): Check {
  return {
    name: 'proxies',
    run: async ({ settings }) => {
      const hops = Number(settings.TRUST_PROXY_HOPS || 0)
      const isDirect = leadsHere(settings.PUBLIC_BASE_URL ?? '', settings.GATEWAY_PORT ?? '', ownHosts)
      if (hops === 0 && !isDirect) return [warning(what, forgotten, 'set TRUST_PROXY_HOPS to the number of proxies')]
      if (hops > 0 && isDirect) return [warning(what, tooMany(hops), 'leave TRUST_PROXY_HOPS empty')]
      return [ok(what, hops === 0 ? 'none, and none is believed' : `${hops} believed; have as many, and not one less`)]
    },
  }
}

const forgotten =
  'TRUST_PROXY_HOPS is 0, but PUBLIC_BASE_URL is not this gateway itself: behind a balancer all customers count as one address, and get 429 together'

function tooMany(hops: number): string {
  return `TRUST_PROXY_HOPS is ${hops}, but PUBLIC_BASE_URL is this gateway itself: anybody can make up an address, and so escape every limit`
}

/** The gateway itself speaks no https. */
function leadsHere(address: string, gatewayPort: string, ownHosts: readonly string[]): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname: host, port } = new URL(address)
  return protocol === 'http:' && (port || '80') === gatewayPort && ownHosts.includes(host.replace(/^\[|\]$/g, ''))
}

function findOwnHosts(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
  return ['localhost', hostname().toLowerCase(), ...addresses]
}
