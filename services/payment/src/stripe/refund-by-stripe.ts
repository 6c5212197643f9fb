import { toMinor } from '@duka/contracts'
import { Problem } from '@duka/kit'
import type { Deps } from '../deps'
import type { PaymentRow } from '../payment'
import type { RefundRow } from '../refund'
import type { RefundProvider, RefundStep } from '../refund-provider'
import { toStripeUnits } from './amounts'
import type { StripeRefund } from './read-refund'
import type { RefundOutcome } from './refunds'
import type { StripeApi } from './stripe'

/** What a refund ended as that came back to Stripe: nothing that is told later changes it. */
export const returnedCode = 'returned'

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
      return begun ? toStep(begun) : toFirstStep(await send(stripe, refund, payment))
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

function toFirstStep(outcome: RefundOutcome): RefundStep {
  if (outcome.kind === 'created') return toStep(outcome.refund)
  if (outcome.kind === 'waiting') return { kind: 'waiting', reason: outcome.message, isKeySpent: outcome.isKeySpent }
  return { kind: 'failed', code: outcome.code, message: `Stripe refused it: ${outcome.message}` }
}

/** How far a refund at Stripe is. One that arrived may still come back, days later. */
export function toStep({ id, status, failureReason }: StripeRefund): RefundStep {
  if (status === 'succeeded') return { kind: 'succeeded', reference: id, receipt: id }
  if (status !== 'failed' && status !== 'canceled') return { kind: 'sent', reference: id }
  const why = failureReason ? ` (${failureReason})` : ''
  return { kind: 'failed', code: returnedCode, message: `The customer's bank sent the money back${why}.` }
}
