import { toMajor } from '@duka/contracts'
import { queryRow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from './deps'
import { readCallback } from './mpesa/read-callback'
import { readMoney } from './read-money'
import { openReview } from './settle-payment'

/** Of a provider. Anybody can send such callbacks, and a card account may serve others: more tell a person nothing new. */
const mostOpen = 100

/**
 * Puts money that nobody here asked for before a person: a callback without a secret of ours, with a receipt and a request
 * that are not known. It may be forged, so it has no effect by itself. What names a known request is asked about instead.
 */
export async function reviewUnmatched(
  deps: Pick<Deps, 'database'>,
  event: { id: string; provider: string; body: string },
  transaction: Transaction,
): Promise<void> {
  const money = readMoney(event)
  if (!money || !(await isNews(deps, event.body, money.receipt, transaction))) return
  const detail = `A callback says that KES ${toMajor(money.amount)} came with the receipt ${money.receipt}, for no payment of
    this shop and without its proof. Look the receipt up at Safaricom before you match it.`
  const review = { kind: 'unmatched', paymentId: null, eventId: event.id, detail: detail.replace(/\s+/g, ' ') }
  await openReview(deps, review, transaction)
}

async function isNews({ database }: Pick<Deps, 'database'>, body: string, receipt: string, transaction: Transaction) {
  const known = await queryRow(
    database,
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM payments WHERE provider = 'mpesa' AND (transaction_id = $1 OR external_reference = $2))
       OR (SELECT count(*) FROM payment_reviews r LEFT JOIN webhook_events e ON e.id = r.event_id
           WHERE r.kind = 'unmatched' AND r.resolved_at IS NULL AND e.provider IS DISTINCT FROM 'stripe') >= ${mostOpen}
       OR EXISTS (SELECT 1 FROM payment_reviews r JOIN webhook_events e ON e.id = r.event_id
                  WHERE r.kind = 'unmatched' AND r.resolved_at IS NULL AND e.body = $3)`,
    [receipt, readCallback(body)?.checkoutRequestId ?? '', body],
    transaction,
  )
  return known === undefined
}

/**
 * Puts a paid intent that no payment here has before a person. Whoever else uses the account may have made it; money that
 * was taken for this shop without its mark would otherwise be seen by nobody. Answers whether a person sees it.
 */
export async function reviewUnmatchedIntent(
  deps: Pick<Deps, 'database'>,
  { intentId, isMarked }: { intentId: string; isMarked: boolean },
  eventId: string,
  transaction: Transaction,
): Promise<boolean> {
  if (!isMarked && !(await isNewIntent(deps, intentId, transaction))) return false
  const detail = isMarked
    ? `Stripe says that ${intentId} is paid, for a payment that is not here. Find its order, and match it.`
    : `Stripe says that ${intentId} is paid, which this shop did not ask for. Match it if it is for an order, or write it off.`
  await openReview(deps, { kind: 'unmatched', paymentId: null, eventId, detail }, transaction)
  return true
}

async function isNewIntent({ database }: Pick<Deps, 'database'>, intentId: string, transaction: Transaction) {
  const sql = `SELECT count(*) < ${mostOpen} AND COALESCE(bool_and(position($1 in r.detail) = 0), true) AS is_new
    FROM payment_reviews r JOIN webhook_events e ON e.id = r.event_id
    WHERE r.kind = 'unmatched' AND r.resolved_at IS NULL AND e.provider = 'stripe'`
  return (await queryRow<{ is_new: boolean }>(database, sql, [intentId], transaction))?.is_new === true
}
