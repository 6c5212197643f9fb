import { Problem } from '@duka/kit/errors'
import type { Log } from '@duka/kit/log'
import { counter } from '@duka/kit/metrics'
import type { Request, RequestHandler } from 'express'
import { type AugmentedRequest, type RateLimitInfo, rateLimit } from 'express-rate-limit'
import { type Exchange, exchangeOf } from './exchange'
import type { SharedCounters } from './share-counters'

const minuteMs = 60_000
const quarterMs = 15 * minuteMs

interface Limit {
  limit: number
  windowMs: number
  /** Only what was refused counts. */
  failuresOnly?: boolean
  /** Counts for the user where there is one, and for nobody where there is none. */
  perUser?: boolean
}

/**
 * Requests per client address (per /56 of IPv6) or per user. Kenyan carriers put thousands of phones behind one
 * address, so limits per address stop floods, not people; what belongs to an account, a phone number or an order is
 * limited by auth and payment, which read it.
 */
const limits = {
  general: { limit: 3_000, windowMs: minuteMs },
  /** In place of the general one for who is signed in: the neighbours behind an address cannot use it up. */
  user: { limit: 600, windowMs: minuteMs, perUser: true },
  /** Apart from the rest, so that no shopper's flood uses up what payment providers need. */
  webhook: { limit: 6_000, windowMs: minuteMs },
  login: { limit: 200, windowMs: quarterMs, failuresOnly: true },
  refresh: { limit: 200, windowMs: quarterMs, failuresOnly: true },
  register: { limit: 120, windowMs: quarterMs },
  'forgot-password': { limit: 60, windowMs: quarterMs },
  'reset-password': { limit: 60, windowMs: quarterMs, failuresOnly: true },
  'change-password': { limit: 20, windowMs: quarterMs, failuresOnly: true, perUser: true },
  'place-order': { limit: 60, windowMs: quarterMs, perUser: true },
  /** Each is a prompt on somebody's phone. */
  'pay-by-mpesa': { limit: 30, windowMs: quarterMs, perUser: true },
  /** Each is a question to Stripe, which takes only so many in a second. */
  'pay-by-stripe': { limit: 60, windowMs: quarterMs, perUser: true },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limits

const refusals = counter({
  name: 'rate_limited_total',
  help: 'Requests beyond a limit, by the name of the limit.',
  labels: ['limit'],
})

export interface LimitOptions {
  /** Multiplies every limit. */
  factor: number
  log: Log
  /** Counts together with other gateways; without it, in memory. */
  counters?: SharedCounters | undefined
}

/**
 * Count requests and answer 429 beyond the limits: first those that every request counts for, then those of its
 * endpoint. They are for before and after the body, so that one who sends half a sign-in uses up no sign-ins of others.
 */
export function limitRequests(options: LimitOptions): Record<'ofClients' | 'ofTargets', RequestHandler> {
  const limiters = Object.fromEntries(
    Object.keys(limits).map((name) => [name, createLimiter(name as LimitName, options)]),
  ) as Record<LimitName, RequestHandler>
  return {
    ofClients(request, response, next) {
      const { target, userId } = exchangeOf(response)
      const ofUser = userId === undefined ? limiters.general : limiters.user
      const limiter = target?.limit === 'webhook' ? limiters.webhook : ofUser
      limiter(request, response, next)
    },
    ofTargets(request, response, next) {
      const { target, userId } = exchangeOf(response)
      const name = target?.limit ?? 'general'
      const isOver = name === 'general' || name === 'webhook'
      if (isOver || (userId === undefined && (limits[name] as Limit).perUser)) next()
      else limiters[name](request, response, next)
    },
  }
}

function createLimiter(name: LimitName, { factor, log, counters }: LimitOptions): RequestHandler {
  const { limit, windowMs, failuresOnly = false, perUser = false }: Limit = limits[name]
  const quota = Math.max(1, Math.round(limit * factor))
  const policy = `"${name}";q=${quota};w=${windowMs / 1000}`
  const refused = refusals.with(name)
  const keyOf = ({ clientNetwork, userId }: Exchange) => (perUser && userId) || clientNetwork
  const count = rateLimit({
    limit: quota,
    windowMs,
    // The library would hash the client's key into these headers, for a tenth of what a request costs here.
    standardHeaders: false,
    // Its checks are for settings that are fixed here, and take two limits for one request as a mistake.
    validate: false,
    legacyHeaders: false,
    skipSuccessfulRequests: failuresOnly,
    // A service that is down is nobody's wrong password.
    requestWasSuccessful: (_request, response) => response.statusCode < 400 || response.statusCode >= 500,
    keyGenerator: (_request, response) => keyOf(exchangeOf(response)),
    handler: (request, _response, next) => {
      refused.inc()
      next(tooManyRequests(secondsLeft(request), perUser))
    },
    ...(counters ? { store: counters.storeFor(name) } : {}),
    logger: log,
  })
  return (request, response, next) => {
    count(request, response, (error) => {
      response.appendHeader('RateLimit', `"${name}";r=${infoOf(request).remaining};t=${secondsLeft(request)}`)
      response.appendHeader('RateLimit-Policy', policy)
      next(error)
    })
  }
}

function infoOf(request: Request): RateLimitInfo {
  return (request as AugmentedRequest).rateLimit as RateLimitInfo
}

function secondsLeft(request: Request): number {
  const { resetTime } = infoOf(request)
  return resetTime ? Math.max(1, Math.ceil((resetTime.getTime() - Date.now()) / 1000)) : 1
}

function tooManyRequests(retryAfterSeconds: number, perUser: boolean): Problem {
  const whose = perUser ? 'your account' : 'your address'
  return new Problem(429, 'rate_limited', `Too many requests came from ${whose}. Wait a moment and try again.`, {
    headers: { 'Retry-After': String(retryAfterSeconds) },
  })
}
