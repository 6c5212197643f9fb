import type { Minor } from '@duka/contracts'

/** Currencies that Stripe counts in whole units (docs.stripe.com/currencies, zero-decimal). */
const withoutDecimals = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '))
/** Stripe takes at most eight digits. */
const maxUnits = 99_999_999

/** An amount as Stripe counts it; null where it cannot be charged. Minor units here are always hundredths. */
export function toStripeUnits(amount: Minor, currency: string): number | null {
  const units = withoutDecimals.has(currency) ? amount / 100 : amount
  return Number.isInteger(units) && units >= 1 && units <= maxUnits ? units : null
}

export function fromStripeUnits(units: number, currency: string): Minor {
  return withoutDecimals.has(currency) ? units * 100 : units
}
