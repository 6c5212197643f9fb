import { isUtf8 } from 'node:buffer'

/** A record of a CSV: its cells, or why it has none. */
export type CsvRecord = { line: number; cells: string[] } | { line: number; reason: string }

interface Line {
  number: number
  text: string
  /** It opens a quote that it does not close, or closes one that it does not open. */
  isOdd: boolean
  isText: boolean
}

const maxLinesPerRecord = 5_000
/** Of a line in bytes, and of a record of several in characters. */
export const maxCsvLength = 256 * 1024
const lineFeed = 10

/** What `readCsv` throws where a line is longer than `maxCsvLength`. */
export class LineTooLong extends Error {
  constructor(readonly line: number) {
    super(`Line ${line} has more than ${maxCsvLength} bytes.`)
  }
}

/** One record by RFC 4180, with its line end. */
export function formatCsv(cells: string[]): string {
  return `${cells.map((cell) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}

/**
 * The records of a CSV by RFC 4180 in UTF-8, with commas, semicolons or tabs, one by one; empty lines are none, nor are
 * those of empty cells. A first line such as `sep=;` says what stands between cells, as spreadsheets have it. A line whose
 * quotes do not come out right is refused by itself: those that its open quote would swallow are read on their own.
 */
export async function* readCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  const format = { delimiter: '', columns: 0 }
  let open: Line[] = []
  let length = 0
  for await (const line of readLines(bytes)) {
    const [, named] = line.number === 1 ? (namedDelimiter.exec(line.text) ?? []) : []
    if (line.text.trim() !== '') format.delimiter ||= named ?? chooseDelimiter(line.text)
    if (named) continue
    open.push(line)
    length += line.text.length
    const isFull = open.length >= maxLinesPerRecord || length > maxCsvLength
    if (open.length > 1 && !line.isOdd && !isFull) continue
    open = yield* settle(open, format, isFull)
    length = open.reduce((sum, { text }) => sum + text.length, 0)
  }
  yield* settle(open, format, true)
}

const namedDelimiter = /^"?sep=([,;|\t])"?\r?$/i

type Format = { delimiter: string; columns: number }

/** Reads what is complete of the lines, and returns those that wait for the end of a quote, unless they must not. */
function* settle(lines: Line[], format: Format, mustEnd: boolean): Generator<CsvRecord, Line[]> {
  let open = lines
  for (let first = open[0]; first; first = open[0]) {
    const length = recordLength(open)
    if (length === 0 && !mustEnd) return open
    const cells = length > 0 ? parseRecord(open.slice(0, length), format) : null
    if (typeof cells === 'string') yield { line: first.number, reason: cells }
    else if (cells === null) yield { line: first.number, reason: 'The quotes in it do not come out right.' }
    else if (!isEmpty(cells)) {
      format.columns ||= cells.length
      yield { line: first.number, cells }
    }
    open = open.slice(cells === null ? 1 : length)
  }
  return open
}

/** How many lines the first record has; 0 where its quote is never closed. */
function recordLength(lines: Line[]): number {
  if (!lines[0]?.isOdd) return 1
  const end = lines.findIndex(({ isOdd }, index) => index > 0 && isOdd)
  return end + 1
}

/** Gives the cells, or why they cannot be read; null where the quotes are to blame. */
function parseRecord(lines: Line[], { delimiter, columns }: Format): string[] | string | null {
  const text = lines
    .map((line) => line.text)
    .join('\n')
    .replace(/\r$/, '')
  const cells = splitCells(text, delimiter || ',')
  // Two lines with a stray quote each look like one record, but seldom like one of the right length.
  if (lines.length > 1 && columns > 0 && cells?.length !== columns) return null
  return cells && !lines.every(({ isText }) => isText) ? 'It is not UTF-8: save the file as CSV UTF-8.' : cells
}

/** The cells of a record by RFC 4180; null where a quote stands where none may. */
function splitCells(text: string, delimiter: string): string[] | null {
  const cells: string[] = []
  for (let start = 0; ; ) {
    const isQuoted = text[start] === '"'
    const end = isQuoted ? findClosingQuote(text, start) + 1 : findDelimiter(text, delimiter, start)
    const cell = isQuoted ? text.slice(start + 1, end - 1).replaceAll('""', '"') : text.slice(start, end)
    if (isQuoted ? end === 0 : cell.includes('"')) return null
    cells.push(cell)
    if (end === text.length) return cells
    if (text[end] !== delimiter) return null
    start = end + 1
  }
}

function findDelimiter(text: string, delimiter: string, from: number): number {
  const found = text.indexOf(delimiter, from)
  return found < 0 ? text.length : found
}

/** Two quotes within a cell stand for one. */
function findClosingQuote(text: string, opening: number): number {
  let found = text.indexOf('"', opening + 1)
  while (found >= 0 && text[found + 1] === '"') found = text.indexOf('"', found + 2)
  return found
}

function isEmpty(cells: string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
}

/** Spreadsheets of some countries write semicolons, and what is copied out of one has tabs. */
function chooseDelimiter(header: string): string {
  if (header.includes(',')) return ','
  return [';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ','
}

async function* readLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0)
  let number = 0
  for await (const chunk of bytes) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      yield toLine(Buffer.concat([rest, chunk.subarray(start, end)]), ++number)
      rest = Buffer.alloc(0)
      start = end + 1
    }
    rest = Buffer.concat([rest, chunk.subarray(start)])
    if (rest.length > maxCsvLength) throw new LineTooLong(number + 1)
  }
  if (rest.length > 0) yield toLine(rest, number + 1)
}

function toLine(bytes: Buffer, number: number): Line {
  const text = number === 1 ? bytes.toString().replace(/^\ufeff/, '') : bytes.toString()
  return { number, text, isOdd: text.split('"').length % 2 === 0, isText: isUtf8(bytes) }
}
