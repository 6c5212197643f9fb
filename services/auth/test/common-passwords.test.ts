import { readFileSync } from 'node:fs'
import { isCommonPassword } from '../src/common-passwords'

test.each([
  'password',
  'Password1',
  'QWERTYUIOP',
  '12345678',
  '1qaz2wsx',
  'iloveyou',
  'trustno1',
  'admin123',
  'kenya254',
])('knows %s', (password) => {
  expect(isCommonPassword(password)).toBe(true)
})

test.each(['mango-Tree-42', 'correct horse battery', 'passw', '', '\n', 'password\n12345678', '.{8,}'])(
  'takes %j for none of them',
  (password) => {
    expect(isCommonPassword(password)).toBe(false)
  },
)

test('knows all of the three thousand most used that are long enough, and many more', () => {
  const file = require.resolve('@zxcvbn-ts/language-common/src/passwords.json')
  const ranked = (JSON.parse(readFileSync(file, 'utf8')) as string[]).filter(({ length }) => length >= 8)
  expect(ranked.length).toBeGreaterThan(10_000)
  expect(ranked.slice(0, 3_000).filter((password) => !isCommonPassword(password))).toEqual([])
})
