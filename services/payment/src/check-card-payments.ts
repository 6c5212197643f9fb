import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import type { PaymentRow } from './payment'
import { settleIntent } from './stripe/settle-intent'

const batch = 10
/** The pauses after the first check; the last one goes on until the try is over. */
const pausesSeconds = [60, 120, 300]
/** After this nobody is still at the card form, and the intent is ended. */
const intentHours = 24

type DueRow = PaymentRow & { is_unwanted: boolean }

/**
 * Asks Stripe about card payments that were not told of, in case events were missed, and ends those that the order needs
 * no more. Instances share the work, and the schedule is in the rows, so that it survives a restart.
 */
export async function checkCardPayments(deps: Deps): Promise<void> {
  if (!deps.stripe) return
  const due = await queryRows<DueRow>(
    deps.database,
    `UPDATE payments p SET checks = checks + 1, checked_at = now(),
       next_check_at = now() + make_interval(secs => ($1::int[])[LEAST(checks + 1, ${pausesSeconds.length})])
     WHERE id IN (SELECT id FROM payments WHERE provider = 'stripe' AND status = 'pending' AND next_check_at <= now()
                  ORDER BY next_check_at LIMIT ${batch} FOR UPDATE SKIP LOCKED)
     RETURNING *, created_at < now() - make_interval(hours => ${intentHours})
       OR EXISTS (SELECT 1 FROM payment_orders o WHERE o.order_id = p.order_id AND o.closed_at IS NOT NULL)
       OR EXISTS (SELECT 1 FROM payments other WHERE other.order_id = p.order_id AND other.completed_at IS NOT NULL)
       AS is_unwanted`,
    [pausesSeconds],
  )
  await Promise.all(due.map((payment) => settleIntent(deps, payment, payment.is_unwanted)))
}
