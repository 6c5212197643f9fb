import type { Config } from '../config'

/** A merchant's access to Stripe. */
export interface StripeAccount {
  secretKey: string
  /** The only key that ever leaves the shop. */
  publishableKey: string
  webhookSecret: string
  /** null is Stripe itself. */
  baseUrl: string | null
}

/** The account, or null where the shop has none: cards are then not taken. */
export function stripeAccount(config: Config): StripeAccount | null {
  const { STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY, STRIPE_WEBHOOK_SECRET } = config
  if (!STRIPE_SECRET_KEY || !STRIPE_PUBLISHABLE_KEY || !STRIPE_WEBHOOK_SECRET) return null
  return {
    secretKey: STRIPE_SECRET_KEY,
    publishableKey: STRIPE_PUBLISHABLE_KEY,
    webhookSecret: STRIPE_WEBHOOK_SECRET,
    baseUrl: config.STRIPE_API_BASE_URL ?? null,
  }
}
