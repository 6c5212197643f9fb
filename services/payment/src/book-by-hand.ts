import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { noteRefundStep } from './note-refund-step'
import { lockRefund, type RefundRow } from './refund'
import { type NewRefund, requestRefund } from './request-refund'

const done = { kind: 'succeeded', reference: null, receipt: null } as const

/**
 * Writes down money that a person gave back past the shop; nothing is sent. undefined where there is not so much left to
 * give back.
 */
export async function bookByHand(
  deps: Pick<Deps, 'database'>,
  refund: NewRefund,
  transaction: Transaction,
): Promise<RefundRow | undefined> {
  const row = await requestRefund(deps, refund, transaction)
  if (!row) return undefined
  await noteRefundStep(deps, row, done, transaction)
  return lockRefund(deps, row.id, transaction)
}
