import { enqueueBackstop, newId, Problem, queryRow, tryNow } from '@duka/kit'
import { applyStripeEvent } from './apply-stripe-event'
import type { Deps } from './deps'
import type { StripeEvent } from './stripe/events'
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
  const id = await keepStripeEvent(deps, event)
  if (id) void tryNow(deps.database, applyStripeEvent.key(id), deps.log, () => applyStripeEvent(deps, id))
  return { received: true as const }
}

/** Answers the new row's id; undefined where the event is here already. */
export async function keepStripeEvent({ database }: Deps, event: StripeEvent): Promise<string | undefined> {
  return database.transaction(async (transaction) => {
    const row = await queryRow<{ id: string }>(
      database,
      `INSERT INTO webhook_events (id, provider, digest, body) VALUES ($1, 'stripe', $2, $3)
       ON CONFLICT (digest) DO NOTHING RETURNING id`,
      [newId(), `stripe:${event.id}`, event.body],
      transaction,
    )
    countWebhook('stripe', row ? 'kept' : 'duplicate', transaction)
    if (row) await enqueueBackstop(database, transaction, applyStripeEvent.job(row.id))
    return row?.id
  })
}
