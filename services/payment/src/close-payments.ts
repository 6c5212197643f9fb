import type { AnswerOf, paymentContract as contract, InputOf } from '@duka/contracts'
import { queryRow, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { promptSeconds } from './open-try'
import type { PaymentRow } from './payment'
import { settleIntent } from './stripe/settle-intent'
import { countEnded } from './watch-payments'

type Closing = InputOf<typeof contract.closePayments>['body']
type Answer = AnswerOf<typeof contract.closePayments>

/** Why a cash payment ended whose order was cancelled. */
const orderClosedCode = 'order_closed'

interface Standing {
  is_paid: boolean
  /** A prompt may still be answered. */
  is_live: boolean
  /** A card may still pay, because Stripe did not say that it is over. */
  is_payable: boolean
  /** It failed in a way that is asked about once more. */
  is_doubtful: boolean
  is_told: boolean
  /** The order is confirmed by cash on delivery, or is being confirmed at this moment. */
  is_cash: boolean
}

/**
 * Stops taking money for an order, as far as the order's move allows. A prompt on a phone cannot be taken back, so it is
 * waited out; what is paid in spite of everything is late money.
 *
 * Whoever expires or cancels an order closes its payments before the order moves, and may lose against another move. So
 * `expire` lets no new try in, but only where the order is not paid in cash, and as no cash can be chosen after that, it
 * cannot lose against that choice any more. `cancel` ends nothing but the card form, which can be opened again. Only
 * `cancelled`, a cancellation that happened, ends the cash that a courier would collect.
 */
export async function closePayments(deps: Deps, { orderId, move }: Closing): Promise<Answer> {
  if (move !== 'cancel' && !(await letNoTryIn(deps, orderId, move))) return { outcome: 'pending' }
  await endCardTries(deps, orderId)
  const standing = await findStanding(deps, orderId)
  if (standing.is_paid) return { outcome: 'paid' }
  return { outcome: isOpen(standing) ? 'pending' : 'closed' }
}

async function findStanding({ database }: Deps, orderId: string): Promise<Standing> {
  const standing = await queryRow<Standing>(
    database,
    `SELECT COALESCE(bool_or(completed_at IS NOT NULL), false) AS is_paid,
       COALESCE(bool_or(provider = 'mpesa' AND status = 'pending' AND failure_code IS NULL
         AND created_at > now() - make_interval(secs => ${promptSeconds})), false) AS is_live,
       COALESCE(bool_or(provider = 'cash_on_delivery' AND status = 'pending'), false) AS is_cash,
       COALESCE(bool_or(provider = 'stripe' AND status = 'pending' AND next_check_at IS NOT NULL), false) AS is_payable,
       COALESCE(bool_or(status = 'failed' AND next_check_at IS NOT NULL
         AND created_at > now() - make_interval(secs => ${2 * promptSeconds})), false) AS is_doubtful,
       -- Safaricom has spoken, and it is not applied, or not confirmed, yet.
       COALESCE(bool_or(callback_hash IN (SELECT secret_hash FROM webhook_events WHERE outcome IS NULL)
         OR (transaction_id IS NOT NULL AND completed_at IS NULL)), false) AS is_told
     FROM payments WHERE order_id = $1`,
    [orderId],
  )
  return standing!
}

function isOpen({ is_live, is_payable, is_doubtful, is_told, is_cash }: Standing): boolean {
  return is_live || is_payable || is_doubtful || is_told || is_cash
}

/** Waits for a try that is just being written, so that the next statements see it. False where cash keeps the order open. */
function letNoTryIn({ database }: Deps, orderId: string, move: 'expire' | 'cancelled'): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const gate = `INSERT INTO payment_orders (order_id) VALUES ($1)
      ON CONFLICT (order_id) DO UPDATE SET order_id = excluded.order_id`
    await queryRows(database, gate, [orderId], transaction)
    if (move === 'cancelled') await endCashTries({ database }, orderId, transaction)
    const closed = await queryRow(
      database,
      `UPDATE payment_orders SET closed_at = COALESCE(closed_at, now()) WHERE order_id = $1 AND NOT EXISTS (
         SELECT 1 FROM payments WHERE order_id = $1 AND provider = 'cash_on_delivery' AND status = 'pending')
       RETURNING order_id`,
      [orderId],
      transaction,
    )
    return closed !== undefined
  })
}

async function endCardTries(deps: Deps, orderId: string): Promise<void> {
  const sql = `SELECT * FROM payments WHERE order_id = $1 AND provider = 'stripe' AND status = 'pending'`
  const tries = await queryRows<PaymentRow>(deps.database, sql, [orderId])
  await Promise.all(tries.map((payment) => settleIntent(deps, payment, true)))
}

/** Nobody collects at the door for an order that is cancelled, nor confirms it any more. */
async function endCashTries({ database }: Pick<Deps, 'database'>, orderId: string, transaction: Transaction) {
  const ended = await queryRows<PaymentRow>(
    database,
    `UPDATE payments SET status = 'failed', failure_code = '${orderClosedCode}',
       failure_message = 'The order was cancelled before it came.', updated_at = now()
     WHERE order_id = $1 AND provider = 'cash_on_delivery' AND status = 'pending' RETURNING provider`,
    [orderId],
    transaction,
  )
  countEnded(ended, 'cancelled', orderClosedCode, transaction)
}
