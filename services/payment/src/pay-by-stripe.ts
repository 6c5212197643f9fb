import { type paymentContract as contract, type InputOf, type orderContract, toMinor } from '@duka/contracts'
import { type Claim, newId, Problem, queryRows, type User } from '@duka/kit'
import type { Deps } from './deps'
import { findPayment } from './find-payment'
import { openTry } from './open-try'
import { type PaymentRow, toPayment } from './payment'
import { requirePayableOrder } from './require-payable-order'
import { toStripeUnits } from './stripe/amounts'
import type { IntentOutcome } from './stripe/intents'
import type { Intent } from './stripe/read-object'
import { applyIntentNow, requestIntent } from './stripe/settle-intent'
import type { StripeApi } from './stripe/stripe'
import { countEnded } from './watch-payments'

type Body = InputOf<typeof contract.payByStripe>['body']

/** Most customers have paid by then, and Stripe has told. */
const firstCheckSeconds = 60

/**
 * Begins to pay an order's total by card, or goes on with what was begun: an order has one live intent, whose secret is
 * read from Stripe each time and kept nowhere.
 */
export async function payByStripe(deps: Deps, user: User, body: Body, claim: Claim | null) {
  const { stripe } = deps
  if (!stripe) throw unavailable('Cards are not taken in this shop.')
  const begun = claim?.resourceId ? await findPayment(deps, claim.resourceId) : undefined
  if (begun?.external_reference) return answer(stripe, begun, await requireIntent(stripe, begun.external_reference))
  const order = await requirePayableOrder(deps, user, body)
  const payment = await openCardTry(deps, order, claim)
  const intent = await startIntent(deps, stripe, payment)
  const current = await applyIntentNow(deps, payment.id, intent)
  if (current.status === 'pending') return answer(stripe, current, intent)
  // It was ended at Stripe, which had not been heard of yet; the next one is new.
  if (current.status === 'failed') return payByStripe(deps, user, body, claim)
  throw new Problem(409, 'order_not_payable', 'The money for this order has come; it needs no other payment.')
}

function openCardTry(deps: Deps, order: orderContract.PayableOrder, claim: Claim | null): Promise<PaymentRow> {
  const amount = toMinor(order.totalAmount)
  if (toStripeUnits(amount, order.currency) === null) throw outOfRange(order.currency, order.totalAmount)
  return openTry(
    deps,
    { id: newId(), order, provider: 'stripe', amount, prompt: null, card: { firstCheckSeconds } },
    claim,
  )
}

/** A try that has no intent yet may have died before it was asked for, or before the answer came: its key tells, or an event did. */
async function startIntent(deps: Deps, stripe: StripeApi, payment: PaymentRow): Promise<Intent> {
  if (payment.external_reference) return requireIntent(stripe, payment.external_reference)
  const outcome = await requestIntent(stripe, payment)
  if (outcome.kind === 'created') return outcome.intent
  if (outcome.kind === 'unknown') {
    const { external_reference } = await findPayment(deps, payment.id)
    if (external_reference) return requireIntent(stripe, external_reference)
  }
  deps.log.warn('stripe_refused', { paymentId: payment.id, kind: outcome.kind, reason: outcome.message })
  const problem = refusal(outcome, payment)
  if (outcome.kind !== 'unknown') await endTry(deps, payment.id, problem)
  throw problem
}

/** What Stripe does not answer is asked again by the client; nothing is charged by asking. */
async function requireIntent(stripe: StripeApi, id: string): Promise<Intent> {
  const intent = await stripe.readIntent(id).catch(() => undefined)
  if (intent) return intent
  throw unavailable('Stripe does not answer at the moment. Nothing was charged; try again shortly.')
}

/** Nobody was given a secret to pay by, so this try is over; the next request starts another. */
async function endTry({ database }: Deps, id: string, { code, detail }: Problem): Promise<void> {
  const sql = `UPDATE payments SET status = 'failed', failure_code = $2, failure_message = $3, next_check_at = NULL,
      updated_at = now() WHERE id = $1 AND status = 'pending' AND external_reference IS NULL RETURNING provider`
  const ended = await queryRows<PaymentRow>(database, sql, [id, code, detail])
  countEnded(ended, 'failed', code)
}

function refusal(outcome: Exclude<IntentOutcome, { kind: 'created' }>, { currency, amount }: PaymentRow): Problem {
  if (outcome.kind === 'refused' && outcome.code === 'amount') return outOfRange(currency, Number(amount))
  if (outcome.kind === 'refused') return unavailable('Cards are not taken in this shop at the moment.')
  return unavailable('Stripe is busy at the moment. Nothing was charged; try again shortly.')
}

function outOfRange(currency: string, amount: number): Problem {
  return new Problem(422, 'amount_out_of_range', `${currency} ${amount} is more or less than can be paid by card.`)
}

function answer({ publishableKey }: StripeApi, payment: PaymentRow, { clientSecret }: Intent) {
  if (!clientSecret) throw new Error('Stripe gave an intent without its secret')
  return { message: messageOf(payment), payment: toPayment(payment), clientSecret, publishableKey }
}

function messageOf({ status, failure_message }: PaymentRow): string {
  if (status === 'pending') return 'Enter the card to pay with.'
  return status === 'failed' ? (failure_message ?? 'Not paid.') : 'Paid.'
}

function unavailable(detail: string): Problem {
  return new Problem(503, 'provider_unavailable', detail, { headers: { 'Retry-After': '5' } })
}
