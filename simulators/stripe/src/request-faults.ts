import { keyInUse } from './idempotency'
import { count, drawFault, type Simulator } from './simulator'
import { StripeError } from './stripe-error'

/** What goes wrong before anything has begun: nothing is saved, and the same key may be tried again. */
export function refuseByFault(sim: Simulator, sequence: number, method: string, key: string): void {
  if (isOverLimit(sim)) throw rateLimited()
  if (drawFault(sim, 'rateLimited', sequence)) throw rateLimited()
  if (drawFault(sim, 'serverError', sequence)) throw serverError(sim.switches.serverError.shouldRetry)
  if (method === 'POST' && drawFault(sim, 'conflict', sequence)) throw keyInUse(key)
}

/** `shouldRetry` is what the client's library obeys, whatever it would do by itself. */
export function serverError(shouldRetry: 'true' | 'false' | 'unsaid', executed = false): StripeError {
  const message = 'An unknown error occurred'
  const headers: Record<string, string> = shouldRetry === 'unsaid' ? {} : { 'stripe-should-retry': shouldRetry }
  return new StripeError(500, { type: 'api_error', message }, { headers, executed })
}

const rateLimited = () =>
  new StripeError(429, {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded. Learn more about rate limits in the documentation.',
  })

function isOverLimit(sim: Simulator): boolean {
  const { throttle, clock, switches } = sim
  const second = Math.floor(clock.now() / 1000)
  if (second !== throttle.second) Object.assign(throttle, { second, inSecond: 0 })
  throttle.inSecond += 1
  if (switches.rateLimit.perSecond === 0 || throttle.inSecond <= switches.rateLimit.perSecond) return false
  count(sim, 'fault.rateLimit')
  return true
}
