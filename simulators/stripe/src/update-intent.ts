import { checkAmount, readCard } from './create-intent'
import type { PaymentIntent } from './objects'
import type { Params } from './params'
import { type Draft, put } from './simulator'
import { notNow } from './stripe-error'
import { updateMetadata } from './update-metadata'

const ended = ['succeeded', 'canceled', 'processing', 'requires_capture']

/** Changes an intent. Money and means only while it is open; words and metadata always. */
export function updateIntent(draft: Draft, intent: PaymentIntent, given: Params<'updateIntent'>): PaymentIntent {
  const { amount = intent.amount, currency = intent.currency } = given
  const changesMoney = amount !== intent.amount || currency !== intent.currency || given.payment_method !== undefined
  if (changesMoney && ended.includes(intent.status)) {
    const message = `This PaymentIntent's amount, currency and payment method could not be updated because it has a status of ${intent.status}.`
    throw notNow('payment_intent_unexpected_state', message, { payment_intent: intent })
  }
  if (changesMoney) checkAmount(draft.sim, amount, currency)
  const card = readCard(given)
  const { payment_method_types, description, receipt_email, statement_descriptor, statement_descriptor_suffix } = given
  return put(draft, {
    ...intent,
    amount,
    currency,
    metadata: updateMetadata(intent.metadata, given.metadata),
    ...(payment_method_types && { payment_method_types }),
    ...(description !== undefined && { description }),
    ...(receipt_email !== undefined && { receipt_email }),
    ...(statement_descriptor !== undefined && { statement_descriptor }),
    ...(statement_descriptor_suffix !== undefined && { statement_descriptor_suffix }),
    ...(card && { payment_method: card.ids[0] ?? null, status: 'requires_confirmation' as const, next_action: null }),
  })
}
