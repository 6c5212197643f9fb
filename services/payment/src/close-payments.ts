import type { AnswerOf, paymentContract as contract } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { promptSeconds } from './open-try'
import type { PaymentRow } from './payment'
import { settleIntent } from './stripe/settle-intent'
import { countEnded } from './watch-payments'

type Answer = AnswerOf<typeof contract.closePayments>

interface Standing {
  is_paid: boolean
  /** A prompt may still be answered. */
  is_live: boolean
  /** A card may still pay, because Stripe did not say that it is over. */
  is_payable: boolean
  /** It failed in a way that is asked about once more. */
  is_doubtful: boolean
  is_told: boolean
  /** The order is just being told that it is paid in cash. */
  is_confirming: boolean
}

/**
 * Stops taking money for an order: no new try is let in from here on. What a card could still pay is ended at Stripe. A
 * prompt on a phone cannot be taken back, so it is waited out; what is paid in spite of everything is late money.
 */
export async function closePayments(deps: Deps, orderId: string): Promise<Answer> {
  const { database } = deps
  await letNoTryIn(deps, orderId)
  await endCardTries(deps, orderId)
  const standing = await queryRow<Standing>(
    database,
    `SELECT COALESCE(bool_or(completed_at IS NOT NULL), false) AS is_paid,
       COALESCE(bool_or(provider = 'mpesa' AND status = 'pending' AND failure_code IS NULL
         AND created_at > now() - make_interval(secs => ${promptSeconds})), false) AS is_live,
       COALESCE(bool_or(provider = 'cash_on_delivery' AND status = 'pending'), false) AS is_confirming,
       COALESCE(bool_or(provider = 'stripe' AND status = 'pending' AND next_check_at IS NOT NULL), false) AS is_payable,
       COALESCE(bool_or(status = 'failed' AND next_check_at IS NOT NULL
         AND created_at > now() - make_interval(secs => ${2 * promptSeconds})), false) AS is_doubtful,
       -- Safaricom has spoken, and it is not applied, or not confirmed, yet.
       COALESCE(bool_or(callback_hash IN (SELECT secret_hash FROM webhook_events WHERE outcome IS NULL)
         OR (transaction_id IS NOT NULL AND completed_at IS NULL)), false) AS is_told
     FROM payments WHERE order_id = $1`,
    [orderId],
  )
  if (standing?.is_paid) return { outcome: 'paid' }
  return { outcome: standing && isOpen(standing) ? 'pending' : 'closed' }
}

function isOpen({ is_live, is_payable, is_doubtful, is_told, is_confirming }: Standing): boolean {
  return is_live || is_payable || is_doubtful || is_told || is_confirming
}

/** Waits for a try that is just being written, so that the next statements see it. */
function letNoTryIn({ database }: Deps, orderId: string): Promise<void> {
  return database.transaction(async (transaction) => {
    await queryRows(
      database,
      `INSERT INTO payment_orders (order_id, closed_at) VALUES ($1, now())
       ON CONFLICT (order_id) DO UPDATE SET closed_at = COALESCE(payment_orders.closed_at, now())`,
      [orderId],
      transaction,
    )
    await endCashTries({ database }, orderId, transaction)
  })
}

async function endCardTries(deps: Deps, orderId: string): Promise<void> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 AND provider = 'stripe' AND status = 'pending'`
  const tries = await queryRows<PaymentRow>(deps.database, sql, [orderId])
  await Promise.all(tries.map((payment) => settleIntent(deps, payment, true)))
}

/** Nobody collects at the door for an order that is cancelled. One that is just being confirmed has to be waited for. */
async function endCashTries({ database }: Pick<Deps, 'database'>, orderId: string, transaction: Transaction) {
  const ended = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET status = 'failed', failure_code = 'order_closed',
       failure_message = 'The order was cancelled before it came.', updated_at = now()
     WHERE order_id = $1 AND provider = 'cash_on_delivery' AND status = 'pending' AND confirmed_at IS NOT NULL RETURNING provider`,
    [orderId],
    transaction,
  )
  countEnded(ended, 'cancelled', 'order_closed', transaction)
}
