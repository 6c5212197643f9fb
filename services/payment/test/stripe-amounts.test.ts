import { currencies, fitsCurrency } from '@duka/contracts'
import { currencies as known, unitsPerWhole, whyNoAmount } from '@duka/stripe-simulator'
import { fromStripeUnits, toStripeUnits } from '../src/stripe/amounts'

/** What Stripe's own words say, currency by currency (docs.stripe.com/currencies). */
test.each([
  ['KES', 1_234_50, 123_450],
  ['USD', 5_00, 500],
  ['UGX', 50_000_00, 5_000_000],
  ['ISK', 500_00, 50_000],
  ['JPY', 1_500_00, 1_500],
  ['RWF', 1_500_00, 1_500],
  ['MGA', 1_500_00, 1_500],
  ['KWD', 5_00, 5_000],
  ['TND', 5_12, 5_120],
])('%s %d hundredths are %d of its units', (currency, minor, units) => {
  expect(toStripeUnits(minor, currency)).toBe(units)
  expect(fromStripeUnits(units, currency)).toBe(minor)
})

test.each([
  ['UGX', 50_000_50],
  ['ISK', 1],
  ['JPY', 1_500_50],
  ['MGA', 20],
  ['KES', 100_000_000_00],
  ['KES', 0],
])('%s %d hundredths cannot be charged', (currency, minor) => {
  expect(toStripeUnits(minor, currency)).toBeNull()
})

const shared = currencies.filter((code) => known.includes(code.toLowerCase()))

test('nearly every currency of a shop is one of the list that Stripe takes', () => {
  expect(shared.length).toBeGreaterThan(130)
})

test.each(shared)('%s is counted as the list that was written down apart says', (currency) => {
  const code = currency.toLowerCase()
  for (const minor of [1_00, 12_00, 1_234_00, 99_00, 12_34]) {
    const units = toStripeUnits(minor, currency)
    if (!fitsCurrency(minor, currency)) expect(units).toBeNull()
    if (units === null) continue
    expect(units / unitsPerWhole(code)).toBe(minor / 100)
    expect(whyNoAmount(units, code)).toBeUndefined()
  }
  expect(toStripeUnits(12_00, currency)).not.toBeNull()
})
