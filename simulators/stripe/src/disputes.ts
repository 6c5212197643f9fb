import type { Charge, Dispute } from './objects'
import { type Draft, emit, makeId, moveMoney, put, seconds } from './simulator'

const daysToAnswer = 7

/** The customer asks the bank for the money back: it is withdrawn at once, until the dispute is decided. */
export function openDispute(draft: Draft, charge: Charge, reason: string): Dispute {
  const created = seconds(draft)
  const dispute: Dispute = {
    id: makeId(draft, 'dp'),
    object: 'dispute',
    amount: charge.amount_captured - charge.amount_refunded,
    charge: charge.id,
    created,
    currency: charge.currency,
    evidence_details: {
      due_by: created + daysToAnswer * 86_400,
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: 'needs_response',
  }
  put(draft, { ...charge, disputed: true })
  put(draft, dispute)
  emit(draft, 'charge.dispute.created', dispute)
  emit(draft, 'charge.dispute.funds_withdrawn', dispute)
  moveMoney(draft, 'dispute', dispute.id, dispute.amount, charge)
  return dispute
}

/** The shop has answered the bank, and waits. */
export function submitEvidence(draft: Draft, dispute: Dispute): Dispute {
  const evidence_details = { ...dispute.evidence_details, has_evidence: true, submission_count: 1 }
  const answered = put(draft, { ...dispute, status: 'under_review' as const, evidence_details })
  emit(draft, 'charge.dispute.updated', answered, { status: dispute.status })
  return answered
}

/** The bank has decided. The money comes back if the shop won. */
export function closeDispute(draft: Draft, dispute: Dispute, charge: Charge, won: boolean): Dispute {
  const closed = put(draft, { ...dispute, status: won ? ('won' as const) : ('lost' as const) })
  emit(draft, 'charge.dispute.closed', closed)
  if (!won) return closed
  emit(draft, 'charge.dispute.funds_reinstated', closed)
  moveMoney(draft, 'reinstatement', `${dispute.id}:won`, dispute.amount, charge)
  return closed
}
