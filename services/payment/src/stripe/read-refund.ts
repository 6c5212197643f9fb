import { z } from 'zod'
import { idOf, metadata, readUuid, units, words } from './read-object'

const refundObject = z.object({
  id: z.string().max(255),
  object: z.literal('refund'),
  amount: units.positive(),
  currency: z.string(),
  status: z.string().nullish(),
  failure_reason: words(100).nullish(),
  payment_intent: idOf,
  metadata,
})

/** A refund at Stripe, as far as the shop needs it. */
export interface StripeRefund {
  id: string
  /** In Stripe's units. */
  units: number
  currency: string
  status: string
  failureReason: string | null
  /** Our own id, where the shop asked for it. */
  refundId: string | null
}

/** Reads a refund from an answer or an event; undefined where it is none. */
export function readRefundObject(object: unknown): StripeRefund | undefined {
  const { data } = refundObject.safeParse(object)
  if (!data) return undefined
  return {
    id: data.id,
    units: data.amount,
    currency: data.currency.toUpperCase(),
    status: data.status ?? 'pending',
    failureReason: data.failure_reason ?? null,
    refundId: readUuid(data.metadata?.refundId),
  }
}
