import { fitsCurrency, toMinor } from '@duka/contracts'
import { validationFailed } from '@duka/kit'

/** Why a price cannot be asked for in the shop's currency; undefined where it can, or none is given. */
export function whyNoPrice(price: number | undefined, currency: string): string | undefined {
  if (price === undefined || fitsCurrency(toMinor(price), currency)) return undefined
  return `must be a whole amount: ${currency} has no decimals`
}

/** Throws a 400 Problem on a price that the shop's currency cannot show. */
export function requirePrice(price: number | undefined, currency: string): void {
  const message = whyNoPrice(price, currency)
  if (message) throw validationFailed([{ path: 'price', message }])
}
