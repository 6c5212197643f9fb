import { type Minor, toDecimal } from '@duka/contracts'
import { currentRequestId, newId, queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import type { Actor, RefundRow } from './refund'

export interface NewRefund {
  paymentId: string
  /** All that is left where it is null. */
  amount: Minor | null
  reason: string
  actor: Actor
}

/**
 * Writes a refund and reserves its amount, in one step that only one of two at once can win. undefined where there is
 * not so much left to give back.
 */
export async function requestRefund(
  { database }: Pick<Deps, 'database'>,
  { paymentId, amount, reason, actor }: NewRefund,
  transaction: Transaction,
): Promise<RefundRow | undefined> {
  const reserved = await queryRow<{ amount: string }>(
    database,
    `UPDATE payments p SET refunding_amount = p.refunding_amount + wanted.amount, updated_at = now()
     FROM (SELECT id, COALESCE($2::numeric, amount - refunded_amount - refunding_amount) AS amount
           FROM payments WHERE id = $1 FOR UPDATE) wanted
     WHERE p.id = wanted.id AND p.status IN ('completed', 'partially_refunded') AND wanted.amount > 0
       AND p.refunded_amount + p.refunding_amount + wanted.amount <= p.amount
     RETURNING wanted.amount::text AS amount`,
    [paymentId, amount === null ? null : toDecimal(amount)],
    transaction,
  )
  if (!reserved) return undefined
  return queryRow<RefundRow>(
    database,
    `INSERT INTO refunds (id, payment_id, amount, reason, actor_id, actor_role, request_id, next_check_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now()) RETURNING *`,
    [newId(), paymentId, reserved.amount, reason, actor.id, actor.role, currentRequestId() ?? null],
    transaction,
  )
}
