import { decimalsOf, fitsCurrency, type Minor } from '@duka/contracts'

/**
 * Stripe counts most currencies in their own smallest units (ISO 4217), with these exceptions (docs.stripe.com/currencies):
 * ISK and UGX have no decimals and are counted in hundredths all the same, and MGA, which has them, in whole units.
 */
const exceptions: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 }
/** Stripe takes at most eight digits. */
const maxUnits = 99_999_999

/**
 * An amount as Stripe counts it; null where it cannot be charged. Minor units here are always hundredths, so the last of
 * three decimals is 0, as Stripe wants it.
 */
export function toStripeUnits(amount: Minor, currency: string): number | null {
  const units = (amount * unitsOf(currency)) / 100
  const isWhole = Number.isInteger(units) && fitsCurrency(amount, currency)
  return isWhole && units >= 1 && units <= maxUnits ? units : null
}

export function fromStripeUnits(units: number, currency: string): Minor {
  return Math.round((units * 100) / unitsOf(currency))
}

/** How many of Stripe's units are one whole of a currency. */
function unitsOf(currency: string): number {
  return 10 ** (exceptions[currency] ?? decimalsOf(currency))
}
