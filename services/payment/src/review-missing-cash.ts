import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { openReview } from './settle-payment'

/**
 * An order was delivered to be paid in cash, and no payment is left that could be collected: a person finds out where the
 * money is. Nobody needs to where the order was paid otherwise, or where its refusal at the door is before a person anyway.
 */
export async function reviewMissingCash(
  { database }: Pick<Deps, 'database'>,
  orderId: string,
  transaction: Transaction,
): Promise<void> {
  const ended = await queryRow<{ id: string; failure_code: string | null }>(
    database,
    `SELECT id, failure_code FROM payments WHERE order_id = $1 AND provider = 'cash_on_delivery'
       AND NOT EXISTS (SELECT 1 FROM payments WHERE order_id = $1 AND completed_at IS NOT NULL)
     ORDER BY created_at DESC LIMIT 1`,
    [orderId],
    transaction,
  )
  if (!ended || ended.failure_code === 'refused_at_door') return
  const detail = `The order was delivered to be paid in cash, and its payment had ended before (${ended.failure_code}).
    Find out whether the cash was collected.`
  const review = { kind: 'cash_missing', paymentId: ended.id, eventId: null, detail: detail.replace(/\s+/g, ' ') }
  await openReview({ database }, review, transaction)
}
