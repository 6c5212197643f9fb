import type { Deps } from './deps'
import { applyStripeEventNow, keepStripeEvent } from './receive-stripe-event'

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
      const kept = await keepStripeEvent(deps, event)
      if (!kept) continue
      deps.log.warn('stripe_event_missed', { eventId: kept.id, type: event.type })
      await applyStripeEventNow(deps, kept)
    }
    lookedAt = startedAt - overlapHours * hourMs
  }
}
