import { currencies, decimalsOf, fitsCurrency, isCurrency, likelyCurrency } from '../src'

test.each([
  ['KES', 2],
  ['UGX', 0],
  ['ISK', 0],
  ['JPY', 0],
  ['KWD', 3],
  ['MGA', 2],
])('%s has %d decimals', (currency, decimals) => {
  expect(decimalsOf(currency)).toBe(decimals)
})

test('each is in the table once, and is one that this Node knows', () => {
  expect(new Set(currencies).size).toBe(currencies.length)
  const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' })
  const newer = ['XCG', 'ZWG']
  expect(currencies.filter((code) => !names.of(code) && !newer.includes(code))).toEqual([])
})

test.each([
  ['KSH', 'KES'],
  ['kes', 'KES'],
  ['TSH', 'TZS'],
  ['USH', 'UGX'],
  ['RMB', 'CNY'],
  ['KWT', 'KWD'],
  ['Q', undefined],
])('%s was probably to be %s', (code, likely) => {
  expect(isCurrency(code)).toBe(false)
  expect(likelyCurrency(code)).toBe(likely)
})

test('what a currency cannot show does not fit it', () => {
  expect(fitsCurrency(1500_50, 'JPY')).toBe(false)
  expect(fitsCurrency(1500_00, 'JPY')).toBe(true)
  expect(fitsCurrency(1500_50, 'KES')).toBe(true)
})
