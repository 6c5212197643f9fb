import { z } from 'zod'
import { parseJson } from '../parse-json'

const id = z.string().max(255)
/** Of another object; one that is no id of Stripe's is none. */
export const idOf = z
  .union([id, z.object({ id }).transform((object) => object.id)])
  .nullish()
  .catch(null)
/** In Stripe's units; more digits than Stripe has, and fewer than our columns. */
export const units = z.number().int().max(999_999_999)
/** Free text, kept as far as it may be of use. */
export const words = (max: number) => z.string().transform((text) => text.slice(0, max).toWellFormed())
export const metadata = z.record(z.string(), z.string()).nullish()

const intentObject = z.object({
  id: z.string().max(255),
  object: z.literal('payment_intent'),
  status: z.string(),
  amount_received: z.number().int(),
  currency: z.string(),
  livemode: z.boolean(),
  latest_charge: idOf,
  client_secret: z.string().nullish(),
  last_payment_error: z.object({ message: words(300).nullish() }).nullish(),
  metadata,
})

/** A PaymentIntent, as far as the shop needs it. */
export interface Intent {
  id: string
  status: string
  /** In Stripe's units. */
  amountReceived: number
  currency: string
  isLive: boolean
  chargeId: string | null
  /** Whoever has it can pay: it goes to the customer's browser and is kept nowhere. */
  clientSecret: string | null
  /** What the bank said to the last card, for the customer. */
  declineMessage: string | null
  /** Our own id, which we gave it. */
  paymentId: string | null
}

/** Reads a PaymentIntent from an answer or an event; undefined where it is none. */
export function readIntentObject(object: unknown): Intent | undefined {
  const parsed = intentObject.safeParse(object)
  if (!parsed.success) return undefined
  const { id, status, currency, ...intent } = parsed.data
  return {
    id,
    status,
    amountReceived: intent.amount_received,
    currency: currency.toUpperCase(),
    isLive: intent.livemode,
    chargeId: intent.latest_charge ?? null,
    clientSecret: intent.client_secret ?? null,
    declineMessage: intent.last_payment_error?.message ?? null,
    paymentId: readUuid(intent.metadata?.paymentId),
  }
}

/** Metadata is free text to whoever else uses the account. */
export function readUuid(text: string | undefined): string | null {
  return z.uuid().safeParse(text).data ?? null
}

const eventBody = z.object({
  type: z.string(),
  data: z.object({
    object: z.looseObject({ id: z.string(), object: z.string(), payment_intent: idOf, metadata }),
  }),
})

/** What an event is about. */
export interface EventObject {
  type: string
  /** The object as it was at that moment, in Stripe's own shape. */
  object: Record<string, unknown>
  intentId: string | null
  paymentId: string | null
  /** Where it is about an intent itself. */
  intent: Intent | undefined
}

/** Reads a kept event; undefined where it is none that we understand. */
export function readEventBody(body: string): EventObject | undefined {
  const parsed = eventBody.safeParse(parseJson(body))
  if (!parsed.success) return undefined
  const { type, data } = parsed.data
  const { object } = data
  const intent = readIntentObject(object)
  const intentId = intent?.id ?? object.payment_intent ?? null
  return { type, object, intentId, paymentId: readUuid(object.metadata?.paymentId), intent }
}
