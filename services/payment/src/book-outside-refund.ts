import { toDecimal } from '@duka/contracts'
import { newId, queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { noteRefundStep } from './note-refund-step'
import type { PaymentRow } from './payment'
import type { Actor, RefundRow } from './refund'
import type { OutsideRefund } from './refund-provider'
import { requestRefund } from './request-refund'
import { calledOffCode } from './stripe/refund-by-stripe'

type Database = Pick<Deps, 'database'>

/** Who gave money back at Stripe itself, past the shop. */
const elsewhere: Actor = { id: null, role: 'stripe' }
const reason = "Given back in Stripe's dashboard"

/**
 * Brings the books of a locked payment to what its provider says of a refund, whether the shop asked for it or somebody did
 * past the shop. Answers false where there is no room for it, as another refund is on its way with the same money.
 */
export async function bookOutsideRefund(
  deps: Database,
  payment: PaymentRow,
  outside: OutsideRefund,
  transaction: Transaction,
): Promise<boolean> {
  const row =
    (await findRefund(deps, payment, outside, transaction)) ?? (await adoptRefund(deps, payment, outside, transaction))
  if (row) await noteRefundStep(deps, row, outside.step, transaction)
  return row !== undefined
}

function findRefund(
  { database }: Database,
  { id }: PaymentRow,
  { reference, refundId }: OutsideRefund,
  transaction: Transaction,
) {
  const sql = `SELECT * FROM refunds WHERE payment_id = $1 AND (external_reference = $2 OR id = $3) LIMIT 1`
  return queryRow<RefundRow>(database, sql, [id, reference, refundId], transaction)
}

/** One that failed is kept as well: that it had succeeded before may be told later. */
async function adoptRefund(deps: Database, payment: PaymentRow, outside: OutsideRefund, transaction: Transaction) {
  const { reference, amount, currency, step } = outside
  if (currency !== payment.currency) return undefined
  // Its money may have come, and not be told yet: the event is applied again later.
  if (payment.status === 'pending' && payment.next_check_at) throw new Error('A refund came before its payment')
  if (step.kind === 'failed' && step.code === calledOffCode) return keepFailed(deps, payment, outside, transaction)
  const row = await requestRefund(deps, { paymentId: payment.id, amount, reason, actor: elsewhere }, transaction)
  if (row) await noteRefundStep(deps, row, { kind: 'sent', reference }, transaction)
  return row || step.kind !== 'failed' ? row : keepFailed(deps, payment, outside, transaction)
}

/** It needs no room, and nobody has to look: what took its room goes out, or fails before a person. */
function keepFailed(
  { database }: Database,
  { id }: PaymentRow,
  { reference, amount, step }: OutsideRefund,
  transaction: Transaction,
) {
  const { code, message } = step as Extract<OutsideRefund['step'], { kind: 'failed' }>
  return queryRow<RefundRow>(
    database,
    `INSERT INTO refunds (id, payment_id, amount, status, reason, actor_role, external_reference, failure_code,
       failure_message, settled_at)
     VALUES ($1, $2, $3, 'failed', $4, $5, $6, $7, $8, now()) RETURNING *`,
    [newId(), id, toDecimal(amount), reason, elsewhere.role, reference, code, message],
    transaction,
  )
}
