import type { Database } from './books'

interface Stray {
  provider: string
  /** The provider's for the money, as it stands in the event that told of it. */
  name: string
  /** It bears this shop's own mark, so nobody can say that it is somebody else's. */
  isOurs: boolean
}

/**
 * What covers money of a provider that no payment has: the review that its event opened, while nobody has decided it or
 * somebody found that it is not for this shop and wrote it off.
 */
export async function coverOfStray(payment: Database, { provider, name, isOurs }: Stray): Promise<string | undefined> {
  const reviews = await payment.rows<{ kind: string; decision: string | null }>(
    `SELECT kind, decision FROM payment_reviews r JOIN webhook_events e ON e.id = r.event_id
     WHERE r.payment_id IS NULL AND e.provider = $1 AND position($2 IN e.body) > 0
       AND (r.resolved_at IS NULL OR (r.decision = 'write_off' AND r.kind = 'unmatched' AND NOT $3))
     ORDER BY r.resolved_at NULLS FIRST LIMIT 1`,
    [provider, `"${name}"`, isOurs],
  )
  const [review] = reviews
  if (!review) return undefined
  return review.decision ? `decided by a person: ${review.decision}` : `review ${review.kind}`
}
