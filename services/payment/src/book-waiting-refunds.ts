import { queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { bookOutsideRefund } from './book-outside-refund'
import type { Deps } from './deps'
import { lockPayment } from './find-payment'
import type { OutsideRefund } from './refund-provider'
import { readEventBody } from './stripe/read-object'
import { readRefundObject } from './stripe/read-refund'
import { toOutside } from './stripe/refund-by-stripe'

type Database = Pick<Deps, 'database'>

/**
 * Books what went back past the shop and found no room before, oldest first, now that there may be room: a refund of ours
 * failed, or the payment's money came. `told` is what the provider has just listed.
 */
export async function bookWaitingRefunds(
  deps: Database,
  paymentId: string,
  told: readonly OutsideRefund[],
  transaction: Transaction,
): Promise<void> {
  const waiting = lastWords([...told, ...(await readWaiting(deps, paymentId, transaction))])
  if (waiting.length === 0) return
  const payment = await lockPayment(deps, paymentId, transaction)
  for (const outside of waiting) await bookOutsideRefund(deps, payment, outside, transaction)
  await resolveBooked(deps, paymentId, transaction)
}

/** What Stripe's events say of a payment's refunds, where one of them once found no room. */
export async function readWaiting({ database }: Database, paymentId: string, transaction: Transaction) {
  const events = await queryRows<{ body: string }>(
    database,
    `SELECT body FROM webhook_events WHERE payment_id = $1 AND provider = 'stripe'
       AND EXISTS (SELECT 1 FROM payment_reviews WHERE payment_id = $1 AND kind = 'refunded_elsewhere')
     ORDER BY received_at, id`,
    [paymentId],
    transaction,
  )
  return events.flatMap(({ body }) => readOutside(body) ?? [])
}

/** undefined where an event is not about a refund. */
export function readOutside(body: string): OutsideRefund | undefined {
  const refund = readRefundObject(readEventBody(body)?.object)
  return refund && toOutside(refund)
}

/** Later words come first in this order: what is told late undoes nothing. */
const ranks = ['failed', 'succeeded', 'sent', 'waiting']
const rankOf = ({ step }: OutsideRefund) => ranks.indexOf(step.kind)

/** Of each refund its end, as far as it was told. Those that failed come first, because they free room. */
export function lastWords(all: readonly OutsideRefund[]): OutsideRefund[] {
  const last = new Map<string, OutsideRefund>()
  for (const outside of all) {
    const known = last.get(outside.reference)
    if (!known || rankOf(outside) < rankOf(known)) last.set(outside.reference, outside)
  }
  const isFailed = ({ step }: OutsideRefund) => Number(step.kind === 'failed')
  return [...last.values()].sort((a, b) => isFailed(b) - isFailed(a))
}

/** A review's reason names the refund in brackets. */
export async function resolveBooked(
  { database }: Database,
  paymentId: string,
  transaction: Transaction,
): Promise<void> {
  await queryRows(
    database,
    `UPDATE payment_reviews r SET resolved_at = now(), decision = 'accept', note = 'It is in the books now.',
       actor_role = 'system'
     FROM refunds f WHERE r.payment_id = $1 AND r.kind = 'refunded_elsewhere' AND r.resolved_at IS NULL
       AND f.payment_id = r.payment_id AND position('(' || f.external_reference || ')' IN r.detail) > 0`,
    [paymentId],
    transaction,
  )
}
