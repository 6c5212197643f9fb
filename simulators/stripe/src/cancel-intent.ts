import { findCard } from './cards'
import { chargeCard } from './charge-card'
import type { PaymentIntent } from './objects'
import { type Draft, drawFault, emit, find, plan, put, seconds } from './simulator'
import { notNow } from './stripe-error'

const cancelable = ['requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture']

/** Ends an intent that is not paid. What was only held goes back to the customer. */
export function cancelIntent(draft: Draft, intent: PaymentIntent, reason: string | null): PaymentIntent {
  if (!cancelable.includes(intent.status)) throw tooLate(intent)
  plan(draft, intent.id, [], 0)
  if (intent.status !== 'requires_capture' && losesRace(draft)) throw tooLate(payFirst(draft, intent))
  const canceled = put(draft, {
    ...intent,
    status: 'canceled' as const,
    amount_capturable: 0,
    canceled_at: seconds(draft),
    cancellation_reason: reason,
    next_action: null,
  })
  if (intent.status === 'requires_capture') releaseHeld(draft, intent)
  emit(draft, 'payment_intent.canceled', canceled)
  return canceled
}

const tooLate = (intent: PaymentIntent) =>
  notNow(
    'payment_intent_unexpected_state',
    `You cannot cancel this PaymentIntent because it has a status of ${intent.status}.`,
    { payment_intent: intent },
  )

const losesRace = (draft: Draft) => drawFault(draft.sim, 'cancelRace', draft.sequence)

/** The customer's payment was a moment earlier. */
function payFirst(draft: Draft, intent: PaymentIntent): PaymentIntent {
  const card = findCard('pm_card_visa')
  return card ? chargeCard(draft, { ...intent, payment_method: 'pm_card_visa', next_action: null }, card) : intent
}

function releaseHeld(draft: Draft, { latest_charge }: PaymentIntent) {
  const charge = find(draft.sim, 'charge', latest_charge ?? '')
  if (!charge) return
  const released = put(draft, { ...charge, amount_refunded: charge.amount, refunded: true })
  emit(draft, 'charge.refunded', released, { amount_refunded: 0, refunded: false })
}
