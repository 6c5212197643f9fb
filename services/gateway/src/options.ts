import type { ServiceName } from '@duka/contracts'
import type { Log } from '@duka/kit/log'
import type { LagOptions } from './allow-lag'
import type { FairLimits } from './fair-bound'
import type { LaneLimits } from './lane'
import type { OtherPages } from './serve-greeting'
import type { SharedCounters } from './share-counters'

/** The services behind the gateway. */
export type UpstreamName = Exclude<ServiceName, 'gateway'>

export interface GatewayOptions {
  /** One or more addresses of each. */
  serviceUrls: Record<UpstreamName, readonly string[]>
  log: Log
  /** Web pages of these origins may call the shop; none by default. */
  corsOrigins?: readonly string[]
  /** Proxies in front whose X-Forwarded-* are believed. */
  trustedHops?: number
  /** Multiplies every rate limit. */
  rateLimitFactor?: number
  /** Counts for rate limits together with other gateways; without it, in memory. */
  counters?: SharedCounters | undefined
  /** Lists may be read from replicas; without it, they never are for who is signed in. */
  lag?: LagOptions | undefined
  /** What the greeting of browsers links to beside the documentation. */
  pages?: OtherPages
  /** The shop's public address is https. */
  behindTls?: boolean
  /** How long a service may stay silent. */
  upstreamTimeoutMs?: number
  /** Of requests that wait for one service, and apart from them of webhooks. */
  places?: Partial<LaneLimits>
  /** Of requests that bring a file. */
  filePlaces?: Partial<LaneLimits>
  /** Of answers that stream to their readers. */
  readers?: FairLimits
  /** Of a body, unless it is a file. */
  maxBodyBytes?: number
  /** What all bodies that are arriving may take together. */
  maxArrivingBytes?: number
  /** Milliseconds of a clock that nobody can set. */
  now?: () => number
}
