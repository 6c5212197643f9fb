import type { Transaction } from 'sequelize'
import { bookWaitingRefunds } from './book-waiting-refunds'
import type { Deps } from './deps'
import { noteRefundStep } from './note-refund-step'
import type { RefundRow } from './refund'
import type { RefundStep } from './refund-provider'

/** Writes down how far a refund is. Where it failed, what went back past the shop meanwhile finds its room free. */
export async function settleRefund(
  deps: Pick<Deps, 'database'>,
  refund: Pick<RefundRow, 'id' | 'payment_id'>,
  step: RefundStep,
  transaction: Transaction,
): Promise<void> {
  await noteRefundStep(deps, refund, step, transaction)
  if (step.kind === 'failed') await bookWaitingRefunds(deps, refund.payment_id, step.outside ?? [], transaction)
}
