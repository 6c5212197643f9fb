import type { AnswerOf, paymentContract as contract } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { promptSeconds } from './open-try'

type Answer = AnswerOf<typeof contract.closePayments>

interface Standing {
  is_paid: boolean
  is_live: boolean
  /** It failed in a way that is asked about once more. */
  is_doubtful: boolean
  is_told: boolean
  /** The order is just being told that it is paid in cash. */
  is_confirming: boolean
}

/**
 * Stops taking money for an order: no new try is let in from here on. A prompt that is still on a phone cannot be taken
 * back, so it is waited out; what is paid in spite of everything is late money.
 */
export function closePayments({ database }: Deps, orderId: string): Promise<Answer> {
  return database.transaction(async (transaction) => {
    await queryRows(
      database,
      `INSERT INTO payment_orders (order_id, closed_at) VALUES ($1, now())
       ON CONFLICT (order_id) DO UPDATE SET closed_at = COALESCE(payment_orders.closed_at, now())`,
      [orderId],
      transaction,
    )
    await endCashTries({ database }, orderId, transaction)
    const standing = await queryRow<Standing>(
      database,
      `SELECT COALESCE(bool_or(completed_at IS NOT NULL), false) AS is_paid,
         COALESCE(bool_or(status = 'pending' AND provider = 'cash_on_delivery'), false) AS is_confirming,
         COALESCE(bool_or(status = 'pending' AND failure_code IS NULL
           AND created_at > now() - make_interval(secs => ${promptSeconds})), false) AS is_live,
         COALESCE(bool_or(status = 'failed' AND next_check_at IS NOT NULL
           AND created_at > now() - make_interval(secs => ${2 * promptSeconds})), false) AS is_doubtful,
         -- Safaricom has spoken, and it is not applied yet.
         COALESCE(bool_or(callback_hash IN (SELECT secret_hash FROM webhook_events WHERE outcome IS NULL)), false) AS is_told
       FROM payments WHERE order_id = $1`,
      [orderId],
      transaction,
    )
    if (standing?.is_paid) return { outcome: 'paid' }
    const isOpen = standing?.is_live || standing?.is_doubtful || standing?.is_told || standing?.is_confirming
    return { outcome: isOpen ? 'pending' : 'closed' }
  })
}

/** Nobody collects at the door for an order that is cancelled. One that is just being confirmed has to be waited for. */
async function endCashTries({ database }: Pick<Deps, 'database'>, orderId: string, transaction: Transaction) {
  await queryRows(
    database,
    `UPDATE payments SET status = 'failed', failure_code = 'order_closed',
       failure_message = 'The order was cancelled before it came.', updated_at = now()
     WHERE order_id = $1 AND provider = 'cash_on_delivery' AND status = 'pending' AND confirmed_at IS NOT NULL`,
    [orderId],
    transaction,
  )
}
