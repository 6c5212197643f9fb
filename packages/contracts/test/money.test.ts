import { maxMinor, money, moneyText, toDecimal, toMajor, toMinor } from '../src'

test.each<[number | string, number]>([
  [0, 0],
  [-0, 0],
  [19.99, 1999],
  [1.1, 110],
  [4.35, 435],
  [1499.5, 149_950],
  [150_000, 15_000_000],
  [9_999_999_999.99, maxMinor],
  ['0.07', 7],
  ['1500.00', 150_000],
  ['9999999999.99', maxMinor],
])('%p is %p cents', (amount, minor) => {
  expect(toMinor(amount)).toBe(minor)
})

test.each<[number | string]>([
  [-1],
  [0.001],
  [0.1 + 0.2],
  [1e-7],
  [1e21],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  [10_000_000_000],
  ['10000000000.00'],
  ['1,500.00'],
  ['1.'],
  ['.5'],
  ['1e3'],
  ['0x10'],
  [' 1'],
  ['١'],
  [''],
])('%p is no amount', (amount) => {
  expect(() => toMinor(amount)).toThrow(RangeError)
})

test('every amount of cents survives the way out and back, as a number and as a column', () => {
  for (let minor = 0; minor < 100_000; minor++) {
    if (toMinor(toMajor(minor)) !== minor || toMinor(toDecimal(minor)) !== minor) throw new Error(`${minor} is lost`)
  }
  for (const minor of [maxMinor, maxMinor - 1, 123_456_789_012, 99_999_999_999]) {
    expect(toMinor(toMajor(minor))).toBe(minor)
    expect(toMinor(JSON.parse(JSON.stringify(toMajor(minor))))).toBe(minor)
    expect(toMinor(toDecimal(minor))).toBe(minor)
  }
})

test.each([
  [5, '0.05'],
  [110, '1.10'],
  [maxMinor, '9999999999.99'],
])('%p cents are the decimal %s', (minor, text) => {
  expect(toDecimal(minor)).toBe(text)
})

test("a request's amount is a number with at most two decimals", () => {
  for (const value of [0, 1, 19.99, 9_999_999_999.99]) expect(money.safeParse(value).success).toBe(true)
  for (const value of [-1, 1.005, '1', null, Number.NaN, 1e300]) expect(money.safeParse(value).success).toBe(false)
  for (const value of ['0', '19.9']) expect(moneyText.safeParse(value).success).toBe(true)
  for (const value of ['-1', '1.005', '', 'x', '1'.repeat(21)]) expect(moneyText.safeParse(value).success).toBe(false)
})
