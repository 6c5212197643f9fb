import { type paymentContract, toMajor, toMinor } from '@duka/contracts'

export interface DisputeRow {
  id: string
  payment_id: string
  amount: string
  currency: string
  reason: string
  status: string
  answer_by: Date | null
  created_at: Date
  closed_at: Date | null
}

/** The only way a dispute's row becomes JSON. */
export function toDispute(row: DisputeRow): paymentContract.Dispute {
  return {
    id: row.id,
    amount: toMajor(toMinor(row.amount)),
    currency: row.currency,
    reason: row.reason,
    status: row.status,
    answerBy: row.answer_by?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  }
}
