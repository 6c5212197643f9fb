import type { paymentContract } from '@duka/contracts'

export interface EventRow {
  id: string
  provider: string
  secret_hash: string | null
  body: string
  payment_id: string | null
  outcome: paymentContract.WebhookEvent['outcome']
  received_at: Date
  applied_at: Date | null
}

/** The only way an event's row becomes JSON. */
export function toEvent(row: EventRow): paymentContract.WebhookEvent {
  return {
    id: row.id,
    provider: row.provider,
    paymentId: row.payment_id,
    outcome: row.outcome,
    body: row.body,
    receivedAt: row.received_at.toISOString(),
    appliedAt: row.applied_at?.toISOString() ?? null,
  }
}
