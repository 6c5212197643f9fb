import type { Client } from './client'

/** How far off the clock of a signature may be, to either side. */
const toleranceSeconds = 300
/** What the shop wants to hear of; Stripe filters by up to 20 types. */
const wantedTypes = [
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
]
/** The most that the library reads in a row; of more, the newest. */
const maxMissed = 10_000

/** An event whose signature is right, or that Stripe itself listed. */
export interface StripeEvent {
  id: string
  type: string
  /** As it came, without the secrets that pay. */
  body: string
}

/** Events since then that Stripe tried to deliver in vain, or still tries; oldest first. */
export async function listUndelivered(stripe: Client, since: Date): Promise<StripeEvent[]> {
  const created = { gte: Math.floor(since.getTime() / 1000) }
  const pages = stripe.events.list({ types: wantedTypes, delivery_success: false, created, limit: 100 })
  const events = await pages.autoPagingToArray({ limit: maxMissed })
  return events
    .reverse()
    .map((event) => ({ id: event.id, type: event.type, body: withoutSecrets(JSON.stringify(event)) }))
}

/**
 * Reads an event that was sent; undefined where the signature is not Stripe's, or not of now. The library takes one of any
 * future time for good, so that is looked at here.
 */
export function readEvent(stripe: Client, secret: string, raw: Buffer, signature = ''): StripeEvent | undefined {
  const signedAt = Number(
    signature
      .split(',')
      .findLast((part) => part.trim().startsWith('t='))
      ?.trim()
      .slice(2),
  )
  if (!(signedAt <= Date.now() / 1000 + toleranceSeconds)) return undefined
  try {
    const { id, type } = stripe.webhooks.constructEvent(raw, signature, secret, toleranceSeconds)
    return { id, type, body: withoutSecrets(raw.toString('utf8')) }
  } catch {
    return undefined
  }
}

function withoutSecrets(json: string): string {
  return JSON.stringify(JSON.parse(json, (name, value) => (name === 'client_secret' ? undefined : value)))
}
