import { errorFields, queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import type { PaymentRow } from './payment'
import type { RefundRow } from './refund'
import { notSetUp, type RefundStep, refundProviderOf } from './refund-provider'
import { tryReportRefund } from './report-refund'
import { openReview } from './settle-payment'
import { settleRefund } from './settle-refund'

const batch = 20
/** The pauses between two steps of a refund; the last one goes on until it is given up on. */
const pausesSeconds = [30, 60, 120, 300]
const givenUpHours = 48

type DueRow = RefundRow & { is_given_up: boolean }

/** Claims due refunds by putting their next step off, so that no two processes take the same step. */
const claimDue = `
  UPDATE refunds SET checks = checks + 1,
    next_check_at = now() + make_interval(secs => ($1::int[])[LEAST(checks + 1, ${pausesSeconds.length})])
  WHERE id IN (SELECT id FROM refunds WHERE status IN ('requested', 'sent') AND next_check_at <= now()
                 AND ($2::uuid IS NULL OR id = $2) ORDER BY next_check_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
  RETURNING *, created_at < now() - make_interval(hours => ${givenUpHours}) AS is_given_up`

/** Takes every refund that is due a step further. The schedule is in the rows, so that it survives a restart. */
export async function advanceRefunds(deps: Deps): Promise<void> {
  const due = await queryRows<DueRow>(deps.database, claimDue, [pausesSeconds, null])
  await Promise.all(due.map((refund) => advance(deps, refund)))
}

/** Takes one refund a step further now, if it is due. Never throws: what fails is left to the sweep. */
export async function advanceRefund(deps: Deps, id: string): Promise<void> {
  try {
    const refund = await queryRow<DueRow>(deps.database, claimDue, [pausesSeconds, id])
    if (refund) await advance(deps, refund)
  } catch (error) {
    deps.log.warn('refund_left_to_sweep', { refundId: id, ...errorFields(error) })
  }
}

async function advance(deps: Deps, refund: DueRow): Promise<void> {
  const payment = await findPayment(deps, refund.payment_id)
  const step = await takeStep(deps, refund, payment)
  const isOver = step.kind === 'succeeded' || step.kind === 'failed'
  await deps.database.transaction(async (transaction) => {
    await settleRefund(deps, refund, step, transaction)
    if (refund.is_given_up && !isOver) await giveUp(deps, refund, transaction)
  })
  deps.log.info('refund_step', { refundId: refund.id, paymentId: payment.id, step: step.kind, ...reasonOf(step) })
  if (isOver) await tryReportRefund(deps, payment.id)
}

function reasonOf(step: RefundStep): { reason?: string } {
  if (step.kind === 'waiting') return { reason: step.reason }
  return step.kind === 'failed' ? { reason: step.message } : {}
}

/** What throws decides nothing: the same step is taken again later. */
async function takeStep(deps: Deps, refund: RefundRow, payment: PaymentRow): Promise<RefundStep> {
  const provider = refundProviderOf(deps, payment.provider)
  // It may have been sent before the shop lost its means, so it has not failed.
  if (!provider) return { kind: 'waiting', reason: notSetUp(payment.provider) }
  try {
    return await provider.advance(refund, payment)
  } catch (error) {
    return { kind: 'waiting', reason: String(error) }
  }
}

/** After two days a person decides. Its amount stays reserved, because nobody knows that it did not go out. */
async function giveUp(deps: Deps, { id, payment_id }: RefundRow, transaction: Transaction): Promise<void> {
  const sql = `UPDATE refunds SET next_check_at = NULL WHERE id = $1 AND status IN ('requested', 'sent')`
  await queryRows(deps.database, sql, [id], transaction)
  const detail = 'Nobody ever said what became of this refund.'
  await openReview(
    deps,
    { kind: 'refund_silent', paymentId: payment_id, eventId: null, refundId: id, detail },
    transaction,
  )
}
