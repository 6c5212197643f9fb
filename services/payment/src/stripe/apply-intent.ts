import { toMinor } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import { bookWaitingRefunds } from '../book-waiting-refunds'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import { completePayment, failPayment, openReview } from '../settle-payment'
import { toStripeUnits } from './amounts'
import type { Intent } from './read-object'

export type Outcome = 'applied' | 'ignored' | 'review'

const canceled = {
  code: 'canceled',
  message: 'The card payment was cancelled. Nothing was charged.',
  isDoubtful: false,
}

/**
 * Applies an intent, as an event or an answer has it, to its locked payment. They come in any order and number: only the
 * two ends of an intent change the payment, and a card that was declined leaves both alive.
 */
export async function applyIntent(
  deps: Deps,
  payment: PaymentRow,
  intent: Intent,
  eventId: string | null,
  transaction: Transaction,
): Promise<Outcome> {
  const review: Review = async (kind, detail) => {
    await openReview(deps, { kind, paymentId: payment.id, eventId, detail }, transaction)
    return 'review'
  }
  if (payment.external_reference && payment.external_reference !== intent.id) {
    if (intent.status !== 'succeeded') return 'ignored'
    return review('wrong_ids', `${intent.id} was paid under this payment's name, which is not its intent.`)
  }
  await keepReference(deps, payment, intent, transaction)
  if (intent.status === 'succeeded') return applySuccess(deps, payment, intent, review, transaction)
  if (payment.status !== 'pending') return 'ignored'
  if (intent.status === 'canceled') {
    await failPayment(deps, payment, canceled, transaction)
    return 'applied'
  }
  if (intent.declineMessage) await noteDecline(deps, payment, intent.declineMessage, transaction)
  return 'ignored'
}

type Review = (kind: string, detail: string) => Promise<Outcome>

async function applySuccess(
  deps: Deps,
  payment: PaymentRow,
  intent: Intent,
  review: Review,
  transaction: Transaction,
): Promise<Outcome> {
  if (payment.status !== 'pending' && payment.status !== 'failed') return 'ignored'
  // What a person has to decide is not asked about again by itself.
  await stopChecking(deps, payment, transaction)
  const expected = toStripeUnits(toMinor(payment.amount), payment.currency)
  if (intent.amountReceived !== expected || intent.currency !== payment.currency) {
    const came = `${intent.amountReceived} in ${intent.currency}`
    return review('wrong_amount', `Stripe received ${came}, and ${expected} in ${payment.currency} was asked for.`)
  }
  if (intent.isLive !== deps.stripe?.isLive) {
    return review('wrong_mode', "Stripe's test mode and real money are mixed up: look at the account's keys.")
  }
  await completePayment(deps, payment, intent.chargeId ?? intent.id, transaction)
  await bookWaitingRefunds(deps, payment.id, [], transaction)
  return 'applied'
}

/** The event may come before the answer to the request that made the intent. */
async function keepReference({ database }: Deps, { id }: PaymentRow, intent: Intent, transaction: Transaction) {
  const sql = `UPDATE payments SET external_reference = $2, updated_at = now()
    WHERE id = $1 AND external_reference IS NULL`
  await queryRows(database, sql, [id, intent.id], transaction)
}

/** Without a code the try stays live: another card may pay the same intent. */
async function noteDecline({ database }: Deps, { id }: PaymentRow, message: string, transaction: Transaction) {
  const sql = `UPDATE payments SET failure_message = $2, updated_at = now()
    WHERE id = $1 AND status = 'pending' AND failure_message IS DISTINCT FROM $2`
  await queryRows(database, sql, [id, message], transaction)
}

async function stopChecking({ database }: Deps, { id }: PaymentRow, transaction: Transaction) {
  await queryRows(database, 'UPDATE payments SET next_check_at = NULL WHERE id = $1', [id], transaction)
}
