import { isSame } from './authenticate'
import type { PaymentIntent } from './objects'
import { noSuch } from './stripe-error'

/** Stripe shows a browser an intent without what concerns the shop alone. */
export function toPublicView(intent: PaymentIntent): object {
  const {
    metadata: _,
    latest_charge: __,
    amount_received: ___,
    amount_capturable: ____,
    customer: _____,
    ...shown
  } = intent
  return shown
}

/** A browser proves that an intent is its own by the secret that the shop gave it. */
export function checkClientSecret(intent: PaymentIntent, secret: string | undefined): void {
  if (secret === undefined || !isSame(secret, intent.client_secret)) throw noSuch('payment_intent', intent.id)
}
