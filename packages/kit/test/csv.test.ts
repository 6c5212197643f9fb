import { formatCsv, LineTooLong, readCsv } from '../src/csv'

async function read(...chunks: (string | Buffer)[]) {
  const records = []
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  })()
  for await (const record of readCsv(bytes)) records.push('cells' in record ? record.cells : record)
  return records
}

test.each([
  [
    'LF',
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'CRLF, no end',
    'a,b\r\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a BOM, quotes and line ends in cells',
    '\ufeff"a","b ""x"""\n"c\r\nd",e\n',
    [
      ['a', 'b "x"'],
      ['c\r\nd', 'e'],
    ],
  ],
  [
    'semicolons, after empty lines',
    '\n \r\na;b\nc,1;d\n',
    [
      ['a', 'b'],
      ['c,1', 'd'],
    ],
  ],
  [
    'empty cells in a row, which is none',
    'a,b\r\n,,,\n"",""\n , \nc,d\n;d,;;',
    [
      ['a', 'b'],
      ['c', 'd'],
      [';d', ';;'],
    ],
  ],
  [
    'a named delimiter, behind a BOM',
    '\ufeffsep=;\r\na,b;c\nd;e\n',
    [
      ['a,b', 'c'],
      ['d', 'e'],
    ],
  ],
  [
    'tabs',
    'a\tb\nc;1\td\n',
    [
      ['a', 'b'],
      ['c;1', 'd'],
    ],
  ],
  ['nothing', '', []],
])('%s', async (_name, text, records) => {
  expect(await read(text)).toEqual(records)
  expect(await read(...Array.from(Buffer.from(text), (byte) => Buffer.from([byte])))).toEqual(records)
})

test('a quote that is never closed costs its own line only, however much follows', async () => {
  const reason = 'The quotes in it do not come out right.'
  const rows = Array.from({ length: 6000 }, (_, n) => `r${n},x`)
  const records = await read(['a,b', '"open,x', ...rows].join('\n'))
  expect(records.slice(0, 3)).toEqual([['a', 'b'], { line: 2, reason }, ['r0', 'x']])
  expect(records).toHaveLength(6002)
})

test('a record is no longer than a line may be', async () => {
  const long = 'x'.repeat(100_000)
  const records = await read(`a,b\n"${long}\n${long}\n${long}\n${long}",c\nd,e\n`)
  expect(records.map((record) => 'line' in record)).toEqual([false, true, false, false, true, false])
  expect(records.at(-1)).toEqual(['d', 'e'])
  await expect(read('a,b\n', 'x'.repeat(200_000), 'x'.repeat(200_000))).rejects.toThrow(new LineTooLong(2))
})

test('what is not UTF-8 is refused by itself', async () => {
  const reason = 'It is not UTF-8: save the file as CSV UTF-8.'
  const latin = Buffer.from('caf\u00e9,x\n', 'latin1')
  expect(await read('a,b\n', latin, '\ufffd,x\n')).toEqual([['a', 'b'], { line: 2, reason }, ['\ufffd', 'x']])
})

test('what it writes, it reads', async () => {
  const rows = [
    ['a', 'b'],
    ['"', 'x,y'],
    ['\r\n', ';'],
  ]
  expect(await read(rows.map(formatCsv).join(''))).toEqual(rows)
})
