import { createHash } from 'node:crypto'
import type { Simulator } from './simulator'
import { keyLifeMs, type SavedAnswer } from './state'
import { invalid, StripeError } from './stripe-error'

const maxKeyLength = 255

/** Method, path and parameters in a fixed order: what must be the same when a key comes again. */
export function toFingerprint(method: string, path: string, params: unknown): string {
  return createHash('sha256')
    .update(`${method} ${path} ${canonical(params)}`)
    .digest('hex')
}

/**
 * The answer that was given to this key before, if any. Throws when the key was another request's (400) or when its
 * request is not answered yet (409).
 */
export function recall(sim: Simulator, key: string, fingerprint: string): SavedAnswer | undefined {
  if (key.length > maxKeyLength) {
    throw invalid(`Idempotency keys can have up to ${maxKeyLength} characters.`)
  }
  if (sim.inFlight.has(key)) throw keyInUse(key)
  const saved = sim.state.saved.get(key)
  if (!saved || sim.clock.now() >= saved.at + keyLifeMs) return undefined
  if (saved.fingerprint === fingerprint) return saved
  const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`
  throw new StripeError(400, { type: 'idempotency_error', message })
}

export function keyInUse(key: string): StripeError {
  const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}.`
  return new StripeError(409, { type: 'invalid_request_error', code: 'idempotency_key_in_use', message })
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join()}}`
}
