/** Mulberry32: the same seed gives the same attacks, so that a failure can be had again. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const uuid = '0198c0de-1111-7222-8333-444455556666'
const cursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Text that some parser, database or formatter chokes on. */
export const nastyTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\ufffd\uffff',
  '\r\nX-Evil: 1',
  '\u2028\u202e\u200b',
  '🧨'.repeat(40),
  'x'.repeat(300),
  'x'.repeat(20_000),
  '%',
  '%00',
  '%_\\',
  '\\',
  "'",
  "' OR '1'='1",
  "'; DROP TABLE users; --",
  '$1',
  ':id',
  '{{7*7}}<%= 7 %>#{7*7}',
  '<script>alert(1)</script>',
  '../../../../etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/',
  '(((((((((((',
  'a & | ! <-> b:*',
  '(a+)+$',
  '"',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '-0',
  '-1',
  '1e309',
  '0x10',
  '1e3',
  '99999999999999999999',
  '2147483648',
  '9999999999.99',
  '0.001',
  '1,5',
  uuid,
  uuid.toUpperCase(),
  `{${uuid}}`,
  `urn:uuid:${uuid}`,
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'a@b.co',
  '"a b"@example.com',
  'a@example.com\u0000',
  '+254712345678',
  '٠٧١٢٣٤٥٦٧٨',
  '0000-01-01T00:00:00Z',
  '0000-01-01T00:00:00.000000Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-23:59',
  '0001-01-01T00:00:00+23:59',
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00.123456789012345678901234567890Z',
  '2026-01-01T00:00:00+16:00',
  '-271821-04-20T00:00:00Z',
  'infinity',
  '::1',
  'fe80::1%eth0',
  '::ffff:1.2.3.4',
  '1.2.3.4/0',
]

/** What lists take for the end of the page before, with keys that are none. */
export const nastyCursors: readonly string[] = [
  cursor([]),
  cursor({}),
  cursor(null),
  cursor(['2026-01-01T00:00:00.000000Z', uuid]),
  cursor(['9999-12-31T23:59:59.999999Z', 'x']),
  cursor(['0000-01-01T00:00:00.000000Z', uuid]),
  cursor(['infinity', uuid]),
  cursor(['\u0000', uuid]),
  cursor([-1, uuid]),
  cursor([1e308, uuid]),
  cursor(['99999999999999999999999.99', uuid]),
  cursor(['1e400', uuid]),
  cursor(['NaN', uuid]),
  cursor([0, '\ud800', uuid]),
  cursor(['a'.repeat(1000), uuid]),
]

/** What stands in JSON where something else was meant; text of JSON, because not all of it can be written by value. */
export const nastyJson: readonly string[] = [
  ...nastyTexts.map((text) => JSON.stringify(text)),
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '0.1e-6',
  '1e308',
  '1e400',
  '-1e400',
  '9007199254740993',
  '99999999999999999999999999999999',
  '2147483648',
  '1000000000',
  '9999999999.99',
  '[]',
  '[[]]',
  '[null]',
  '[{}]',
  '[1,"a",null]',
  '{}',
  '{"$gt":""}',
  '{"toString":1,"valueOf":1,"length":1e9}',
  '{"__proto__":{"isAdmin":true,"role":"admin"}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  `[${Array.from({ length: 3000 }, (_, at) => at).join(',')}]`,
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  '"\\u0000"',
  '"\\ud800"',
]

/** A place in a body: the names and numbers that lead there. */
export type Place = readonly (string | number)[]

/** All places of a body, the body itself first. */
export function placesOf(body: unknown, at: Place = []): Place[] {
  if (body === null || typeof body !== 'object') return [at]
  return [at, ...Object.entries(body).flatMap(([key, value]) => placesOf(value, [...at, key]))]
}

/** The text of a body in which one place holds something else. */
export function replaceIn(body: unknown, [key, ...rest]: Place, json: string): string {
  if (key === undefined) return json
  const entries = Object.entries(body as object).map(
    ([name, value]) => [name, name === key ? replaceIn(value, rest, json) : JSON.stringify(value)] as const,
  )
  if (Array.isArray(body)) return `[${entries.map(([, value]) => value).join(',')}]`
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
}
