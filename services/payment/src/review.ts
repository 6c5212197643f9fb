import { queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'

/** Money that had to go back has gone: nobody needs to look at it any more. */
export async function resolveRefundReviews(
  { database }: Pick<Deps, 'database'>,
  paymentId: string,
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `UPDATE payment_reviews r SET resolved_at = now(), decision = 'refund', note = 'The money went back.',
       actor_role = 'system'
     FROM payments p WHERE p.id = $1 AND p.status = 'refunded' AND r.payment_id = p.id AND r.resolved_at IS NULL
       AND r.kind IN ('refund_due', 'refund_failed', 'refund_silent')`,
    [paymentId],
    transaction,
  )
}
