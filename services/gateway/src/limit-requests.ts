import { Problem } from '@duka/kit/errors'
import type { Log } from '@duka/kit/log'
import type { Request, RequestHandler } from 'express'
import { type AugmentedRequest, ipKeyGenerator, type RateLimitInfo, rateLimit } from 'express-rate-limit'
import { exchangeOf } from './exchange'

const minuteMs = 60_000

/**
 * Requests per client address (per /56 of IPv6). Kenyan carriers put thousands of phones behind one address, so these
 * stop floods, not people; what belongs to an account, a phone number or an order is limited by auth and payment.
 */
const limits = {
  general: { limit: 3_000, windowMs: minuteMs, failuresOnly: false },
  /** Apart from the rest, so that no shopper's flood uses up what payment providers need. */
  webhook: { limit: 6_000, windowMs: minuteMs, failuresOnly: false },
  login: { limit: 200, windowMs: 15 * minuteMs, failuresOnly: true },
  refresh: { limit: 200, windowMs: 15 * minuteMs, failuresOnly: true },
  register: { limit: 120, windowMs: 15 * minuteMs, failuresOnly: false },
} as const

export type LimitName = keyof typeof limits

/** Counts requests in memory and answers 429 beyond the limits, each multiplied by `factor`. */
export function limitRequests(factor: number, log: Log): RequestHandler {
  const limiters = Object.fromEntries(
    Object.keys(limits).map((name) => [name, createLimiter(name as LimitName, factor, log)]),
  ) as Record<LimitName, RequestHandler>
  return (request, response, next) => {
    const name = exchangeOf(response).target?.limit ?? 'general'
    if (name === 'general' || name === 'webhook') limiters[name](request, response, next)
    else limiters.general(request, response, (error) => (error ? next(error) : limiters[name](request, response, next)))
  }
}

function createLimiter(name: LimitName, factor: number, log: Log): RequestHandler {
  const { limit, windowMs, failuresOnly } = limits[name]
  const quota = Math.max(1, Math.round(limit * factor))
  const policy = `"${name}";q=${quota};w=${windowMs / 1000}`
  const count = rateLimit({
    limit: quota,
    windowMs,
    // The library would hash the client's key into these headers, for a tenth of what a request costs here.
    standardHeaders: false,
    legacyHeaders: false,
    skipSuccessfulRequests: failuresOnly,
    // A service that is down is nobody's wrong password.
    requestWasSuccessful: (_request, response) => response.statusCode < 400 || response.statusCode >= 500,
    keyGenerator: (_request, response) => ipKeyGenerator(exchangeOf(response).clientAddress),
    handler: (request, _response, next) => next(tooManyRequests(secondsLeft(request))),
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

function tooManyRequests(retryAfterSeconds: number): Problem {
  return new Problem(429, 'rate_limited', 'Too many requests came from your address. Wait a moment and try again.', {
    headers: { 'Retry-After': String(retryAfterSeconds) },
  })
}
