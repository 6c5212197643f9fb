import { type Card, type Decline, toPaymentMethod } from './cards'
import { openDispute } from './disputes'
import type { Charge, PaymentIntent } from './objects'
import { type Draft, emit, makeId, moveMoney, put, seconds } from './simulator'

/** The card is charged: the money moves now, or is only held where the intent is captured by hand. */
export function chargeCard(draft: Draft, intent: PaymentIntent, card: Card): PaymentIntent {
  const held = intent.capture_method === 'manual'
  const charge = put(draft, {
    ...toCharge(draft, intent, card),
    amount_captured: held ? 0 : intent.amount,
    captured: !held,
  })
  const paid = put(draft, {
    ...intent,
    latest_charge: charge.id,
    status: held ? ('requires_capture' as const) : ('succeeded' as const),
    amount_capturable: held ? intent.amount : 0,
    amount_received: held ? 0 : intent.amount,
  })
  emit(draft, 'charge.succeeded', charge)
  emit(draft, held ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', paid)
  if (!held) moveMoney(draft, 'charge', charge.id, charge.amount_captured, charge)
  if (!held && card.disputed) openDispute(draft, charge, 'fraudulent')
  return paid
}

/** The charge that was refused; it stays on the books of the intent. */
export function declineCard(draft: Draft, intent: PaymentIntent, card: Card, decline: Decline): Charge {
  const charge: Charge = {
    ...toCharge(draft, intent, card),
    status: 'failed',
    paid: false,
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: {
      network_status: 'declined_by_network',
      reason: decline.declineCode ?? decline.code,
      seller_message: 'The bank did not return any further details with this decline.',
      type: 'issuer_declined',
    },
  }
  put(draft, charge)
  emit(draft, 'charge.failed', charge)
  return charge
}

function toCharge(draft: Draft, intent: PaymentIntent, card: Card): Charge {
  const method = toPaymentMethod(card)
  const three_d_secure = card.authentication ? { result: 'authenticated' } : null
  return {
    id: makeId(draft, 'ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    captured: false,
    created: seconds(draft),
    currency: intent.currency,
    description: intent.description,
    disputed: false,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: intent.metadata,
    outcome: {
      network_status: 'approved_by_network',
      reason: null,
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
    paid: true,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { type: 'card', card: { ...method.card, three_d_secure } },
    receipt_email: intent.receipt_email,
    refunded: false,
    status: 'succeeded',
  }
}
