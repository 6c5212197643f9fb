import { toMinor } from '@duka/contracts'
import { Problem } from '@duka/kit'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import type { RefundRow } from '../refund'
import type { OutsideRefund, RefundProvider, RefundStep } from '../refund-provider'
import { fromStripeUnits, toStripeUnits } from './amounts'
import type { StripeRefund } from './read-refund'
import { partlyRefundedCode, type RefundOutcome } from './refunds'
import type { StripeApi } from './stripe'

/** What a refund ended as that came back to Stripe: nothing that is told later changes it. */
export const returnedCode = 'returned'
/** What a refund ended as that was called off before it moved any money. */
export const calledOffCode = 'called_off'

/**
 * Whether Stripe refused a refund because the money went, or goes, back by something else that it tells of by itself: a
 * refund in its dashboard, or the customer's bank. To count it by hand too would count it twice.
 */
export function isToldByStripe({ failure_code }: RefundRow): boolean {
  return ['charge_already_refunded', partlyRefundedCode, 'charge_disputed'].includes(failure_code ?? '')
}

/** Refunds to cards, whole or in parts. null where the shop has no account. */
export function stripeRefunds({ stripe }: Deps): RefundProvider | null {
  if (!stripe) return null
  return {
    requireAmount(amount, { currency }) {
      if (toStripeUnits(amount, currency) !== null) return
      throw new Problem(422, 'amount_out_of_range', `Stripe gives back no such amount of ${currency}.`)
    },
    async advance(refund, payment) {
      if (refund.external_reference) return toStep(await stripe.readRefund(refund.external_reference))
      const begun = await findBegun(stripe, refund, payment)
      if (begun) return toStep(begun)
      const step = toFirstStep(await send(stripe, refund, payment))
      return step.kind === 'failed' ? explainFailure(stripe, refund, payment, step) : step
    },
  }
}

/**
 * A refund that may have been asked for before is looked for first: its key holds for a day only, and where Stripe saved a
 * failure under it, the next one is used only because no refund is there.
 */
async function findBegun(stripe: StripeApi, { id, checks }: RefundRow, { external_reference }: PaymentRow) {
  if (checks <= 1 || !external_reference) return undefined
  return (await stripe.listRefunds(external_reference)).find(({ refundId }) => refundId === id)
}

function send(stripe: StripeApi, { id, amount, spent_keys }: RefundRow, payment: PaymentRow): Promise<RefundOutcome> {
  return stripe.createRefund({
    idempotencyKey: spent_keys === 0 ? `refund-${id}` : `refund-${id}-${spent_keys}`,
    intentId: payment.external_reference ?? '',
    units: toStripeUnits(toMinor(amount), payment.currency) ?? 0,
    metadata: { refundId: id, paymentId: payment.id },
  })
}

type Failure = Extract<RefundStep, { kind: 'failed' }>

/** What somebody gave back in Stripe's dashboard may have left no room for ours, and its event may be lost or late. */
async function explainFailure(stripe: StripeApi, { id }: RefundRow, payment: PaymentRow, failure: Failure) {
  const made = payment.external_reference ? await stripe.listRefunds(payment.external_reference) : []
  const own = made.find(({ refundId }) => refundId === id)
  // The newest comes first, and the oldest counts first.
  return own ? toStep(own) : { ...failure, outside: made.map(toOutside).reverse() }
}

function toFirstStep(outcome: RefundOutcome): RefundStep {
  if (outcome.kind === 'created') return toStep(outcome.refund)
  if (outcome.kind === 'waiting') return { kind: 'waiting', reason: outcome.message, isKeySpent: outcome.isKeySpent }
  return { kind: 'failed', code: outcome.code, message: `Stripe refused it: ${outcome.message}` }
}

export function toOutside(refund: StripeRefund): OutsideRefund {
  const { id: reference, refundId, units, currency } = refund
  return { reference, refundId, amount: fromStripeUnits(units, currency), currency, step: toStep(refund) }
}

/** How far a refund at Stripe is. One that arrived may still come back, days later. */
export function toStep({ id, status, failureReason }: StripeRefund): RefundStep {
  if (status === 'succeeded') return { kind: 'succeeded', reference: id, receipt: id }
  if (status === 'canceled') return { kind: 'failed', code: calledOffCode, message: 'It was cancelled at Stripe.' }
  if (status !== 'failed') return { kind: 'sent', reference: id }
  const why = failureReason ? ` (${failureReason})` : ''
  return { kind: 'failed', code: returnedCode, message: `The customer's bank sent the money back${why}.` }
}
