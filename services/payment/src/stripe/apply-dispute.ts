import { toDecimal } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { z } from 'zod'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import { openReview } from '../settle-payment'
import { fromStripeUnits } from './amounts'
import type { Outcome } from './apply-intent'
import { units } from './read-object'

/** The end of the year 9999, in seconds. */
const latestTime = 253_402_300_799

const disputeObject = z.object({
  id: z.string().max(255),
  object: z.literal('dispute'),
  amount: units,
  currency: z.string(),
  reason: z.string().max(100),
  status: z.string().max(100),
  evidence_details: z.object({ due_by: z.number().min(0).max(latestTime).nullish().catch(null) }).nullish(),
})

type Dispute = z.output<typeof disputeObject>

/** After these the bank says nothing more. */
const ends = ['won', 'lost', 'warning_closed', 'prevented']

/** Reads a dispute from an event; undefined where it is none. */
export function readDisputeObject(object: unknown): Dispute | undefined {
  return disputeObject.safeParse(object).data
}

/**
 * Records a dispute and puts it before a person, until the bank has decided. Events come in any order: what it ended as is
 * not undone by what was told before.
 */
export async function applyDispute(
  deps: Deps,
  payment: PaymentRow,
  dispute: Dispute,
  transaction: Transaction,
): Promise<Outcome> {
  const recorded = await recordDispute(deps, payment, dispute, transaction)
  if (!recorded) return 'ignored'
  if (recorded.is_new) await openDispute(deps, payment, dispute, transaction)
  if (ends.includes(dispute.status)) await endDispute(deps, payment, dispute, transaction)
  return 'applied'
}

function recordDispute({ database }: Deps, payment: PaymentRow, dispute: Dispute, transaction: Transaction) {
  const { id, reason, status, evidence_details } = dispute
  const currency = dispute.currency.toUpperCase()
  return queryRow<{ is_new: boolean }>(
    database,
    `INSERT INTO disputes AS d (id, payment_id, amount, currency, reason, status, answer_by, closed_at)
     VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7), CASE WHEN $8 THEN now() END)
     ON CONFLICT (id) DO UPDATE SET status = excluded.status, answer_by = excluded.answer_by,
       closed_at = excluded.closed_at, updated_at = now()
       WHERE d.closed_at IS NULL AND d.status <> excluded.status
     RETURNING xmax = 0 AS is_new`,
    [
      id,
      payment.id,
      toDecimal(fromStripeUnits(dispute.amount, currency)),
      currency,
      reason,
      status,
      evidence_details?.due_by ?? null,
      ends.includes(status),
    ],
    transaction,
  )
}

async function openDispute(deps: Deps, payment: PaymentRow, dispute: Dispute, transaction: Transaction) {
  const dueBy = dispute.evidence_details?.due_by
  const until = dueBy ? ` until ${new Date(dueBy * 1000).toISOString().slice(0, 10)}` : ''
  const did = dispute.status.startsWith('warning') ? 'asks about the money' : 'took the money back'
  const detail = `The customer's bank ${did} (${dispute.reason}, ${dispute.id}). Answer it in Stripe's dashboard${until}.`
  await openReview(deps, { kind: 'disputed', paymentId: payment.id, eventId: null, detail }, transaction)
}

/** What is lost stays before a person: the money is gone, and the order may be on its way. */
async function endDispute(deps: Deps, payment: PaymentRow, dispute: Dispute, transaction: Transaction) {
  if (dispute.status === 'lost') return showLost(deps, payment, dispute, transaction)
  const sql = `UPDATE payment_reviews SET resolved_at = now(), decision = 'accept', note = 'The money is ours.',
    actor_role = 'system' WHERE payment_id = $1 AND kind = 'disputed' AND resolved_at IS NULL AND detail LIKE '%' || $2 || '%'`
  await queryRows(deps.database, sql, [payment.id, dispute.id], transaction)
}

/** Also where a person had put the dispute aside while it was open. */
async function showLost(deps: Deps, payment: PaymentRow, { id, reason }: Dispute, transaction: Transaction) {
  const lost = 'The bank decided for the customer: the money is gone.'
  const sql = `UPDATE payment_reviews SET detail = detail || ' ' || $3 WHERE payment_id = $1 AND kind = 'disputed'
    AND resolved_at IS NULL AND detail LIKE '%' || $2 || '%' RETURNING id`
  const shown = await queryRows(deps.database, sql, [payment.id, id, lost], transaction)
  if (shown.length > 0) return
  const detail = `A dispute that was put aside is lost (${reason}, ${id}). ${lost}`
  await openReview(deps, { kind: 'disputed', paymentId: payment.id, eventId: null, detail }, transaction)
}
