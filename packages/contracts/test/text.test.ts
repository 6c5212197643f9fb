import { code, email, imageUrl, line, newPassword, text, typedEmail } from '../src'

const composed = 'Caf\u00e9'
const decomposed = 'Cafe\u0301'

describe('a text', () => {
  test('is trimmed, and measured after that', () => {
    expect(text(5).parse('  abcde  ')).toBe('abcde')
    expect(text(5).parse('\u202aabcde\u200b')).toBe('abcde')
    expect(text(4).parse(decomposed)).toBe(composed)
    expect(text(5, 0).parse('   ')).toBe('')
  })

  test.each<[unknown]>([[''], ['   '], ['abcdef'], ['a\u0000b'], ['\u0000'], ['a\ud800'], ['\udc00a'], [1], [null]])(
    '%j cannot be stored',
    (value) => {
      for (const kind of [line(5), text(5), code(5)]) expect(kind.safeParse(value).success).toBe(false)
    },
  )

  test('of nothing but what cannot be stored is refused also where none is needed', () => {
    for (const value of ['\u0000', '\ud800']) expect(text(5, 0).safeParse(value).success).toBe(false)
  })

  test.each([
    ['two zero widths', '\u200b\u200b'],
    ['an override of direction', '\u202e'],
    ['joiners', '\u200c\u200d'],
    ['a byte order mark and a soft hyphen', '\ufeff\u00ad'],
    ['a filler of Hangul', '\u3164\uffa0'],
    ['an empty cell of Braille', '\u2800'],
    ['an accent without a letter', '\u0301'],
    ['space of other kinds', '\u00a0\u3000\u0085'],
    ['controls', '\u0007\u009b'],
    ['letters of tags', '\u{e0041}\u{e0042}'],
    ['variations of nothing', '\ufe0f\u{e0100}'],
  ])('of %s is an empty one', (_what, value) => {
    for (const kind of [line, text, code]) {
      expect(kind(50).safeParse(value).success).toBe(false)
      expect(kind(50, 0).parse(value)).toBe('')
    }
  })

  test('loses what is not seen', () => {
    const given = 'a\u202eb\u2066c\u2069d\u200be\u2060f\ufeffg\u200fh\u061ci\u00adj\u001bk\u009fl\ufff9m\u{e0061}'
    for (const kind of [line(50), text(50), code(50)]) expect(kind.parse(given)).toBe('abcdefghijklm')
  })

  test('keeps what is seen', () => {
    for (const value of ['Ngũgĩ', '🛒', '½ kg ™', 'Ελένη', 'العربية', '日本', 'ﬁ', 'Wanjiru’s “Fresh” – 5 €']) {
      for (const kind of [line(50), text(50), code(50)]) expect(kind.parse(value)).toBe(value)
    }
  })

  test.each([
    ['a family', '👨\u200d👩\u200d👧'],
    ['an astronaut of some colour', '👩🏽\u200d🚀'],
    ['a flag of colours', '🏳\ufe0f\u200d🌈'],
    ['the flag of Scotland', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['a key', '1\ufe0f\u20e3'],
    ['Persian', 'می\u200cخواهم'],
    ['Hindi', 'क्\u200dष'],
  ])('keeps the joints of %s, and a code does not', (_what, value) => {
    expect([line(50).parse(value), text(50).parse(value)]).toEqual([value, value])
    expect(code(50).parse(value)).not.toMatch(/\p{Default_Ignorable_Code_Point}/u)
  })

  test.each([
    ['a\u200db', 'ab'],
    ['क\u200d', 'क'],
    ['\u200dक', 'क'],
    ['क\u200d\u200dष', 'क\u200dष'],
    ['a\ufe0f', 'a'],
    ['क \u200c ष', 'क ष'],
  ])('joins nothing that does not need it: %j', (given, kept) => {
    expect(line(50).parse(given)).toBe(kept)
  })

  test('has one form, however it was composed', () => {
    for (const kind of [line(50), text(50), code(50)]) expect(kind.parse(decomposed)).toBe(composed)
    expect(line(50).parse('e\u200b\u0301')).toBe('é')
  })

  test('keeps its lines, where it may have some', () => {
    const given = ' 1.\tone\r\n\r\n2.  two\u2028three '
    expect(text(50).parse(given)).toBe('1.\tone\r\n\r\n2.  two\nthree')
    expect(line(50).parse(given)).toBe('1. one 2. two three')
    expect(code(50).parse('A\u00a0\u3000B')).toBe('A B')
  })

  test('is as it was when it comes again', () => {
    const signs = [
      'a',
      'e',
      '\u0301',
      '\ufe0f',
      '\u200d',
      '\u200b',
      'क',
      '👩',
      '\u034f',
      ' ',
      '\n',
      '\u0085',
      '\u{e0067}',
      '🏴',
    ]
    for (let seed = 0; seed < 5_000; seed++) {
      const value = [seed, seed * 7, seed >> 2, seed >> 4, seed >> 7, seed >> 9]
        .map((at) => signs[at % signs.length])
        .join('')
      for (const kind of [line(50, 0), text(50, 0), code(50, 0)]) {
        const once = kind.parse(value)
        if (kind.parse(once) !== once) throw new Error(`${JSON.stringify(value)} became ${JSON.stringify(once)}`)
      }
    }
  })
})

describe('an email', () => {
  test.each([
    [' Amina@Example.COM ', 'amina@example.com'],
    ['\u202aamina@example.com\u202c', 'amina@example.com'],
    ['ａｍｉｎａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'amina@example.com'],
    ['rock&roll@example.com', 'rock&roll@example.com'],
    ["a!#$%&'*+/=?^_`{|}~-b@example.com", "a!#$%&'*+/=?^_`{|}~-b@example.com"],
    ['amina.o+duka@a-b.example.co.ke', 'amina.o+duka@a-b.example.co.ke'],
    ['amina@Bücher.example', 'amina@xn--bcher-kva.example'],
    ['amina@bu\u0308cher.example', 'amina@xn--bcher-kva.example'],
    ['amina@xn--bcher-kva.example', 'amina@xn--bcher-kva.example'],
    ['info@例え。テスト', 'info@xn--r8jz45g.xn--zckzah'],
  ])('%j is %s', (typed, kept) => {
    expect([email.parse(typed), typedEmail.parse(typed)]).toEqual([kept, kept])
    expect(email.parse(kept)).toBe(kept)
  })

  test.each([
    'amina@',
    '@example.com',
    'amina',
    'a b@example.com',
    '.a@example.com',
    'a..b@example.com',
    'a.@example.com',
    'a@b@example.com',
    'a@example',
    'a@192.168.0.1',
    'a@ex_ample.com',
    'a@exa%6dple.com',
    'a@-ü.com/x',
    'amína@example.com',
    '"a b"@example.com',
    'a<b>@example.com',
    'a,b@example.com',
    'a\u0000@example.com',
    `${'a'.repeat(250)}@example.com`,
    `a@${'ü'.repeat(60)}.${'ü'.repeat(60)}.${'ü'.repeat(60)}.${'ü'.repeat(60)}.com`,
  ])('%j is none', (typed) => {
    expect(email.safeParse(typed).success).toBe(false)
  })

  test('of any other text is that text, where it is only compared', () => {
    expect(typedEmail.parse('No Email at all')).toBe('no email at all')
    expect(typedEmail.safeParse('a\u0000@example.com').success).toBe(false)
  })
})

test('a new password is kept in one form, and is as long as that', () => {
  expect(newPassword.parse(`${decomposed} 1234 `)).toBe(`${composed} 1234 `)
  expect(newPassword.safeParse('e\u0301'.repeat(7)).success).toBe(false)
  expect(newPassword.safeParse('e\u0301'.repeat(36)).success).toBe(true)
  expect(newPassword.safeParse('é'.repeat(37)).success).toBe(false)
  for (const sign of ['\u0000', '\ud800']) expect(newPassword.safeParse(`mango-Tree-42${sign}`).success).toBe(false)
})

test("a picture's address stays as it is, but for what is not seen", () => {
  expect(imageUrl.parse(' https://example.com/cafe\u0301.png\u200b')).toBe('https://example.com/cafe\u0301.png')
  for (const value of ['javascript:alert(1)', 'java\u200bscript:alert(1)', 'https://a b', '//evil', '\u202e']) {
    expect(imageUrl.safeParse(value).success).toBe(false)
  }
})
