import { hasAlready } from '../src/not-modified'

test.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  [' * ', true],
  ['"b"', false],
  ['a', false],
  ['', false],
  [undefined, false],
])('%s: %s', (ifNoneMatch, expected) => {
  expect(hasAlready(ifNoneMatch, '"a"')).toBe(expected)
  expect(hasAlready(ifNoneMatch, 'W/"a"')).toBe(expected)
})

test('what has no tag is named by * alone', () => {
  expect(hasAlready('*', undefined)).toBe(true)
  expect(hasAlready('"a"', undefined)).toBe(false)
})
