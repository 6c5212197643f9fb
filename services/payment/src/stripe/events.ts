import { Problem } from '@duka/kit'
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

/** Events are told apart by their ids: each is short and plain, and anything else is no event of Stripe's. */
const isEventId = (id: unknown): id is string => typeof id === 'string' && /^[\x21-\x7e]{1,255}$/.test(id)

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
    .filter(({ id }) => isEventId(id))
    .map((event) => ({ id: event.id, type: event.type, body: withoutSecrets(JSON.stringify(event)) }))
}

/**
 * Reads an event that was sent; undefined where the signature is not Stripe's, or not of now. The library takes one of any
 * future time for good, so that is looked at here. Throws a 400 Problem where it is signed and has no id that can be kept.
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
  const event = verifyEvent(stripe, secret, raw, signature)
  if (!event) return undefined
  const { id, type } = event
  if (!isEventId(id)) throw new Problem(400, 'bad_event', 'An event needs an id of up to 255 plain characters.')
  return { id, type, body: withoutSecrets(raw.toString('utf8')) }
}

function verifyEvent(stripe: Client, secret: string, raw: Buffer, signature: string) {
  try {
    return stripe.webhooks.constructEvent(raw, signature, secret, toleranceSeconds)
  } catch {
    return undefined
  }
}

function withoutSecrets(json: string): string {
  return JSON.stringify(JSON.parse(json, (name, value) => (name === 'client_secret' ? undefined : value)))
}
