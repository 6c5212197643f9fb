import { type Minor, maxMinor, smallestAmount } from '@duka/contracts'
import { Problem } from '@duka/kit'

export interface Pricing {
  currency: string
  deliveryFee: Minor
  /** Basis points: 1600 is 16 %. It is included in the prices. */
  vatRate: number
}

export interface Totals {
  subtotal: Minor
  shippingAmount: Minor
  taxAmount: Minor
  roundingAmount: Minor
  totalAmount: Minor
}

/** total = lines + shipping + rounding; the tax is a part of it, not on top. All in minor units. */
export function computeTotals(lines: { price: Minor; quantity: number }[], pricing: Pricing): Totals {
  const subtotal = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
  const shippingAmount = pricing.deliveryFee
  const exact = subtotal + shippingAmount
  // Twice, so that the product with the tax rate below stays an exact integer too.
  if (exact > maxMinor / 2) throw new Problem(422, 'total_too_large', 'This order is worth more than one order can be.')
  const totalAmount = roundTotal(exact, pricing.currency)
  if (totalAmount === 0)
    throw new Problem(422, 'total_too_small', 'There is nothing to pay for this order, so it cannot be placed.')
  return {
    subtotal,
    shippingAmount,
    taxAmount: taxIn(totalAmount, pricing),
    roundingAmount: totalAmount - exact,
    totalAmount,
  }
}

/** In amounts that the currency has: no part of a yen. */
function taxIn(total: Minor, { currency, vatRate }: Pricing): Minor {
  const step = smallestAmount(currency)
  return Math.round((total * vatRate) / (10_000 + vatRate) / step) * step
}

/** M-Pesa moves whole shillings only, so totals in KES are whole. */
function roundTotal(exact: Minor, currency: string): Minor {
  return currency === 'KES' ? Math.round(exact / 100) * 100 : exact
}
