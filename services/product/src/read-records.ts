import { createReadStream } from 'node:fs'

/** A record of a CSV: its cells, or why it has none. */
export type CsvRecord = { line: number; cells: string[] } | { line: number; reason: string }

interface Line {
  number: number
  text: string
  /** It opens a quote that it does not close, or closes one that it does not open. */
  isOdd: boolean
}

/** As many as a description can have. */
const maxLinesPerRecord = 5_000

/**
 * The records of a CSV file, one by one; empty lines are none. A line whose quotes do not come out right is refused by
 * itself: those that its open quote would swallow are read on their own.
 */
export async function* readRecords(path: string): AsyncGenerator<CsvRecord> {
  const format = { delimiter: ',', columns: 0 }
  let open: Line[] = []
  let number = 0
  for await (const text of readLines(path)) {
    number++
    if (number === 1) format.delimiter = chooseDelimiter(text)
    const line = { number, text, isOdd: text.split('"').length % 2 === 0 }
    open.push(line)
    if (open.length > 1 && !line.isOdd && open.length < maxLinesPerRecord) continue
    open = yield* settle(open, format, false)
  }
  yield* settle(open, format, true)
}

type Format = { delimiter: string; columns: number }

/** Reads what is complete of the lines, and returns those that wait for the end of a quote. */
function* settle(lines: Line[], format: Format, isEnd: boolean): Generator<CsvRecord, Line[]> {
  let open = lines
  for (let first = open[0]; first; first = open[0]) {
    const length = recordLength(open)
    if (length === 0 && !isEnd && open.length < maxLinesPerRecord) return open
    const cells = length > 0 ? parseRecord(open.slice(0, length), format) : null
    if (cells === null) yield { line: first.number, reason: 'The quotes in it do not come out right.' }
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

function parseRecord(lines: Line[], { delimiter, columns }: Format): string[] | null {
  const text = lines
    .map((line) => line.text)
    .join('\n')
    .replace(/\r$/, '')
  const cells = splitCells(text, delimiter)
  // Two lines with a stray quote each look like one record, but seldom like one of the right length.
  return lines.length > 1 && columns > 0 && cells?.length !== columns ? null : cells
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
  return cells.length <= 1 && (cells[0] ?? '').trim() === ''
}

/** Spreadsheets of some countries write semicolons. */
function chooseDelimiter(header: string): string {
  return header.includes(';') && !header.includes(',') ? ';' : ','
}

async function* readLines(path: string): AsyncGenerator<string> {
  let rest = ''
  let isFirst = true
  for await (const chunk of createReadStream(path, 'utf8')) {
    const text: string = isFirst ? String(chunk).replace(/^\ufeff/, '') : String(chunk)
    isFirst = false
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}
