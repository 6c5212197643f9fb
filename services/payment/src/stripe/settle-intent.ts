import { toMinor } from '@duka/contracts'
import { errorFields, tryNow } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { Deps } from '../deps'
import { lockPayment } from '../find-payment'
import type { PaymentRow } from '../payment'
import { reportPayment } from '../report-payment'
import { failPayment, openReview } from '../settle-payment'
import { toStripeUnits } from './amounts'
import { applyIntent } from './apply-intent'
import type { IntentOutcome } from './intents'
import type { Intent } from './read-object'
import type { StripeApi } from './stripe'

/** A key may be forgotten after a day; a request under it would then be another intent. */
const keyHours = 23

/**
 * Asks Stripe what became of a try, or ends it where it is not wanted any more, and applies the answer. Where Stripe does
 * not answer, the try stays as it is and is asked about again.
 */
export async function settleIntent(deps: Deps, payment: PaymentRow, isUnwanted: boolean): Promise<void> {
  const { stripe, log } = deps
  if (!stripe) return
  try {
    const intent = await findIntent(stripe, payment)
    const isOpen = intent.kind === 'created' && isUnwanted && isCancelable(intent.intent)
    const last = isOpen ? toOutcome(await stripe.cancelIntent(intent.intent.id)) : intent
    await applyOutcome(deps, payment, last)
  } catch (error) {
    log.warn('stripe_check_failed', { paymentId: payment.id, ...errorFields(error) })
  }
}

type Found = IntentOutcome | { kind: 'missing' } | { kind: 'never_sent' }

async function findIntent(stripe: StripeApi, payment: PaymentRow): Promise<Found> {
  if (payment.external_reference) return toOutcome(await stripe.readIntent(payment.external_reference))
  if (payment.created_at.getTime() < Date.now() - keyHours * 3_600_000) return { kind: 'never_sent' }
  return requestIntent(stripe, payment)
}

const toOutcome = (intent: Intent | undefined): Found => (intent ? { kind: 'created', intent } : { kind: 'missing' })

const isCancelable = ({ status }: Intent) => status !== 'succeeded' && status !== 'canceled'

/** Creates the try's intent, or finds it where an answer got lost: all of the request comes from the row. */
export function requestIntent(stripe: StripeApi, payment: PaymentRow): Promise<IntentOutcome> {
  const { id, order_id: orderId, order_number: orderNumber, amount, currency } = payment
  return stripe.createIntent({
    idempotencyKey: `payment-${id}`,
    units: toStripeUnits(toMinor(amount), currency) ?? 0,
    currency,
    description: `Order ${orderNumber}`,
    metadata: { paymentId: id, orderId, orderNumber },
  })
}

async function applyOutcome(deps: Deps, payment: PaymentRow, found: Found): Promise<void> {
  if (found.kind === 'created') return void (await applyIntentNow(deps, payment.id, found.intent))
  if (found.kind === 'unknown') return
  await deps.database.transaction((transaction) => endWithoutIntent(deps, payment, found.kind, transaction))
}

/** Nobody was given the secret of an intent that we never saw, so nobody can pay it. */
async function endWithoutIntent(deps: Deps, payment: PaymentRow, kind: Found['kind'], transaction: Transaction) {
  const message = 'The card payment could not be started.'
  await failPayment(deps, payment, { code: kind, message, isDoubtful: false }, transaction)
  if (kind !== 'missing') return
  const detail = `Stripe does not know ${payment.external_reference} any more: was the account changed?`
  await openReview(deps, { kind: 'unknown_to_provider', paymentId: payment.id, eventId: null, detail }, transaction)
}

/** Applies what Stripe answered about a try, tells the order, and gives the try as it then is. */
export async function applyIntentNow(deps: Deps, paymentId: string, intent: Intent): Promise<PaymentRow> {
  const { database, log } = deps
  const row = await database.transaction(async (transaction) => {
    const payment = await lockPayment(deps, paymentId, transaction)
    await applyIntent(deps, payment, intent, null, transaction)
    return lockPayment(deps, paymentId, transaction)
  })
  if (row.status === 'completed')
    await tryNow(database, reportPayment.key(row.id), log, () => reportPayment(deps, row.id))
  return row
}
