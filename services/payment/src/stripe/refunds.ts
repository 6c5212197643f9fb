import { type Client, codeOf, isReplayed, statusOf } from './client'
import { readRefundObject, type StripeRefund } from './read-refund'

export interface RefundRequest {
  idempotencyKey: string
  intentId: string
  units: number
  metadata: Record<string, string>
}

/**
 * `waiting`: no answer, or none that decides; the same request may be sent again. With `isKeySpent` its key gives a
 * failure for ever, though the refund may have been made.
 */
export type RefundOutcome =
  | { kind: 'created'; refund: StripeRefund }
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'waiting'; message: string; isKeySpent: boolean }

export async function createRefund(stripe: Client, request: RefundRequest): Promise<RefundOutcome> {
  const { idempotencyKey, intentId, units, metadata } = request
  try {
    const fields = { payment_intent: intentId, amount: units, metadata }
    return { kind: 'created', refund: requireRefund(await stripe.refunds.create(fields, { idempotencyKey })) }
  } catch (error) {
    const status = statusOf(error)
    const message = error instanceof Error ? error.message : String(error)
    // Only a 400 is about this refund; wrong keys, for one, can be mended.
    if (status === 400) return { kind: 'refused', code: codeOf(error) ?? codeOfWords(message), message }
    return { kind: 'waiting', message, isKeySpent: status !== undefined && status >= 500 && isReplayed(error) }
  }
}

/** Of a charge that part of went back past the shop already. Stripe has words for it, and no code. */
export const partlyRefundedCode = 'charge_partly_refunded'

const codeOfWords = (message: string) =>
  /greater than unrefunded amount/i.test(message) ? partlyRefundedCode : 'refused'

/** Throws where Stripe does not say. */
export async function readRefund(stripe: Client, id: string): Promise<StripeRefund> {
  return requireRefund(await stripe.refunds.retrieve(id))
}

/** The refunds of an intent, the newest hundred. */
export async function listRefunds(stripe: Client, intentId: string): Promise<StripeRefund[]> {
  const { data } = await stripe.refunds.list({ payment_intent: intentId, limit: 100 })
  return data.map(requireRefund)
}

function requireRefund(object: unknown): StripeRefund {
  const refund = readRefundObject(object)
  if (!refund) throw new Error('Stripe answered with something that is no refund')
  return refund
}
