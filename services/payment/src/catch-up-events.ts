import { tryNow } from '@duka/kit'
import { applyStripeEvent } from './apply-stripe-event'
import type { Deps } from './deps'
import { keepStripeEvent } from './receive-stripe-event'

/** As long as Stripe lists events. */
const listedDays = 30
/** Two looks overlap, because deliveries are tried for a while before they count as missed. */
const overlapHours = 4
const hourMs = 3_600_000

/**
 * Makes what takes in events that Stripe could not deliver, oldest first, as if they had come. A payment is also asked
 * about by itself; refunds in Stripe's dashboard and disputes are only told by events. The first look after a start goes
 * back as far as Stripe lists.
 */
export function createEventCatchUp(deps: Deps): () => Promise<void> {
  let lookedAt = Date.now() - listedDays * 24 * hourMs
  return async () => {
    if (!deps.stripe) return
    const startedAt = Date.now()
    const missed = await deps.stripe.listUndelivered(new Date(lookedAt))
    for (const event of missed) {
      const id = await keepStripeEvent(deps, event)
      if (id) deps.log.warn('stripe_event_missed', { eventId: id, type: event.type })
      if (id) await tryNow(deps.database, applyStripeEvent.key(id), deps.log, () => applyStripeEvent(deps, id))
    }
    lookedAt = startedAt - overlapHours * hourMs
  }
}
