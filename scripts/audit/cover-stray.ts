import type { Database } from './books'

/**
 * What covers money of a provider that no payment has: the review that its event opened, while nobody has decided it or
 * somebody wrote it off. `name` is the provider's for the money, as it stands in the event.
 */
export async function coverOfStray(payment: Database, provider: string, name: string): Promise<string | undefined> {
  const reviews = await payment.rows<{ kind: string; decision: string | null }>(
    `SELECT kind, decision FROM payment_reviews r JOIN webhook_events e ON e.id = r.event_id
     WHERE r.payment_id IS NULL AND e.provider = $1 AND position($2 IN e.body) > 0
       AND (r.resolved_at IS NULL OR r.decision = 'write_off')
     ORDER BY r.resolved_at NULLS FIRST LIMIT 1`,
    [provider, `"${name}"`],
  )
  const [review] = reviews
  if (!review) return undefined
  return review.decision ? `decided by a person: ${review.decision}` : `review ${review.kind}`
}
