import { type Client, codeOf, statusOf } from './client'
import { type Intent, readIntentObject } from './read-object'

export interface IntentRequest {
  /** The same request under the same key is the same intent, for at least a day. */
  idempotencyKey: string
  /** In Stripe's units. */
  units: number
  currency: string
  description: string
  metadata: Record<string, string>
}

/**
 * What became of a request. `refused`: Stripe said no. `busy`: it failed, or took too much at once; under another key it
 * may work. `unknown`: no answer, so only the same key may be sent again.
 */
export type IntentOutcome =
  | { kind: 'created'; intent: Intent }
  | { kind: 'refused'; code: 'amount' | 'setup'; message: string }
  | { kind: 'busy'; message: string }
  | { kind: 'unknown'; message: string }

export async function createIntent(stripe: Client, request: IntentRequest): Promise<IntentOutcome> {
  const { idempotencyKey, units, currency, description, metadata } = request
  const fields = {
    amount: units,
    currency: currency.toLowerCase(),
    automatic_payment_methods: { enabled: true },
    description,
    metadata,
  }
  try {
    return { kind: 'created', intent: requireIntent(await stripe.paymentIntents.create(fields, { idempotencyKey })) }
  } catch (error) {
    return readFault(error)
  }
}

const amountCodes = new Set(['amount_too_small', 'amount_too_large'])

function readFault(error: unknown): IntentOutcome {
  const status = statusOf(error)
  const message = `${status ?? 'no answer'} ${codeOf(error) ?? ''} ${error instanceof Error ? error.message : ''}`
  // A conflict is the same request, still on its way.
  if (status === undefined || status === 409) return { kind: 'unknown', message }
  if (status >= 500 || status === 429) return { kind: 'busy', message }
  return { kind: 'refused', code: amountCodes.has(codeOf(error) ?? '') ? 'amount' : 'setup', message }
}

/** undefined where this account has no such intent; throws where Stripe does not say. */
export async function readIntent(stripe: Client, id: string): Promise<Intent | undefined> {
  try {
    return requireIntent(await stripe.paymentIntents.retrieve(id))
  } catch (error) {
    return undefinedIfMissing(error)
  }
}

/** Ends an intent, and gives it as it then stands: it may have been paid a moment before. */
export async function cancelIntent(stripe: Client, id: string): Promise<Intent | undefined> {
  try {
    return requireIntent(await stripe.paymentIntents.cancel(id))
  } catch (error) {
    // Paid, ended or under way already; which of them, the intent itself says.
    if (codeOf(error) === 'payment_intent_unexpected_state') return readIntent(stripe, id)
    return undefinedIfMissing(error)
  }
}

function requireIntent(object: unknown): Intent {
  const intent = readIntentObject(object)
  if (!intent) throw new Error('Stripe answered with something that is no PaymentIntent')
  return intent
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) !== 'resource_missing') throw error
}
