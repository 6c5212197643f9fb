import type { Exchange } from './exchange'
import { Lane, type LaneLimits } from './lane'
import type { GatewayOptions, UpstreamName } from './options'

/** One address may be that of a carrier, with thousands of phones behind it, whose requests take milliseconds each. */
const defaults: LaneLimits = { maxWaiting: 500, maxPerAddress: 100, maxPerUser: 100, maxUsersPerAddress: 300 }

/** A file holds its place for as long as it takes to arrive. */
const defaultsOfFiles: LaneLimits = { maxWaiting: 100, maxPerAddress: 10, maxPerUser: 10, maxUsersPerAddress: 30 }

/** The lanes of one service; what one kind of request fills leaves the places of the others free. */
export function createLanes(name: UpstreamName, options: GatewayOptions): (exchange: Exchange) => Lane {
  const usual = new Lane(name, { ...timesFactor(defaults, options), ...options.places })
  /** Apart, so that no shopper's flood keeps payment providers out. */
  const webhooks = new Lane(name, { ...timesFactor(defaults, options), ...options.places })
  const files = new Lane(name, { ...timesFactor(defaultsOfFiles, options), ...options.filePlaces })
  return ({ target }) => {
    if (target?.maxBodyBytes !== undefined) return files
    return target?.limit === 'webhook' ? webhooks : usual
  }
}

/** What one client may have grows with the rate limits; what a service is asked at once does not. */
function timesFactor(limits: LaneLimits, { rateLimitFactor = 1 }: GatewayOptions): LaneLimits {
  const times = (places: number) => Math.max(1, Math.round(places * rateLimitFactor))
  return {
    maxWaiting: limits.maxWaiting,
    maxPerAddress: times(limits.maxPerAddress),
    maxPerUser: times(limits.maxPerUser),
    maxUsersPerAddress: times(limits.maxUsersPerAddress),
  }
}
