import type { PaymentIntent } from './objects'
import type { Params } from './params'
import { type Draft, emit, find, moveMoney, put } from './simulator'
import { notNow } from './stripe-error'
import { updateMetadata } from './update-metadata'

/** Takes what was held, or a part of it; the rest goes back to the customer. */
export function captureIntent(draft: Draft, intent: PaymentIntent, given: Params<'captureIntent'>): PaymentIntent {
  const charge = find(draft.sim, 'charge', intent.latest_charge ?? '')
  if (intent.status !== 'requires_capture' || !charge) {
    const message = `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`
    throw notNow('payment_intent_unexpected_state', message, { payment_intent: intent })
  }
  const amount = given.amount_to_capture ?? intent.amount_capturable
  if (amount > intent.amount_capturable) {
    throw notNow('amount_too_large', 'You cannot capture more than what is held.', { param: 'amount_to_capture' })
  }
  const captured = put(draft, { ...charge, amount_captured: amount, captured: true })
  const paid = put(draft, {
    ...intent,
    metadata: updateMetadata(intent.metadata, given.metadata),
    status: 'succeeded' as const,
    amount_capturable: 0,
    amount_received: amount,
  })
  emit(draft, 'charge.captured', captured)
  emit(draft, 'payment_intent.succeeded', paid)
  moveMoney(draft, 'charge', charge.id, amount, charge)
  return paid
}
