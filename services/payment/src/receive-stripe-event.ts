import { enqueueBackstop, newId, Problem, queryRow, resumeTrace, tryNow } from '@duka/kit'
import { applyStripeEvent } from './apply-stripe-event'
import type { Deps } from './deps'
import type { StripeEvent } from './stripe/events'
import { readEventBody } from './stripe/read-object'
import { countWebhook } from './watch-payments'

/**
 * Keeps an event of Stripe, and only then answers. It is applied right after the answer; where that fails, or the process
 * dies, by a job. The same event again changes nothing.
 */
export async function receiveStripeEvent(deps: Deps, signature: string | undefined, raw: Buffer) {
  if (!deps.stripe) {
    const detail = 'Cards are not taken in this shop: set the keys of Stripe to take events.'
    throw new Problem(503, 'provider_unavailable', detail, { headers: { 'Retry-After': '3600' } })
  }
  const event = await deps.stripe.readEvent(raw, signature)
  if (!event) countWebhook('stripe', 'refused')
  if (!event) throw new Problem(400, 'bad_signature', 'The Stripe-Signature does not fit these bytes and this time.')
  const kept = await keepStripeEvent(deps, event)
  if (kept) void applyStripeEventNow(deps, kept)
  return { received: true as const }
}

export interface KeptStripeEvent {
  id: string
  /** Of the payment that it is about, as far as its intent is known. */
  traceparent: string | null
}

export function applyStripeEventNow(deps: Deps, { id, traceparent }: KeptStripeEvent): Promise<boolean> {
  const apply = () => resumeTrace({ name: 'apply stripe event', traceparent }, () => applyStripeEvent(deps, id))
  return tryNow(deps.database, applyStripeEvent.key(id), deps.log, apply)
}

/** Answers the new row; undefined where the event is here already. */
export async function keepStripeEvent({ database }: Deps, event: StripeEvent): Promise<KeptStripeEvent | undefined> {
  const intentId = readEventBody(event.body)?.intentId ?? null
  return database.transaction(async (transaction) => {
    const row = await queryRow<KeptStripeEvent>(
      database,
      `INSERT INTO webhook_events (id, provider, digest, body) VALUES ($1, 'stripe', $2, $3)
       ON CONFLICT (digest) DO NOTHING
       RETURNING id, (SELECT traceparent FROM payments WHERE provider = 'stripe' AND external_reference = $4) AS traceparent`,
      [newId(), `stripe:${event.id}`, event.body, intentId],
      transaction,
    )
    countWebhook('stripe', row ? 'kept' : 'duplicate', transaction)
    if (row) {
      await enqueueBackstop(database, transaction, { ...applyStripeEvent.job(row.id), traceparent: row.traceparent })
    }
    return row
  })
}
