import { productContract as contract, type InputOf } from '@duka/contracts'
import { Problem } from '@duka/kit'
import { formatCsv } from '@duka/kit/csv'
import { z } from 'zod'

export type Column = (typeof contract.fileColumns)[number]

/** What a line of a product file says of a product; what it does not mention stays as it is. */
export type ProductLine = Omit<InputOf<typeof contract.updateProduct>['body'], 'stockBase'> & {
  sku: string
  line: number
  stockExported?: number | undefined
}

const { stockBase: stockExported, ...fields } = contract.updateProduct.body.shape
const lineSchema = z.object({ ...fields, stockExported }).required({ sku: true })
const wholeNumber = { pattern: /^\d+(\.0+)?$/, words: 'must be a whole number such as 25' }

/** Reads the first line, whatever its case; columns at its end that have no name are none. Throws a 400 Problem where it is not one. */
export function readHeader(cells: string[]): Column[] {
  const names = cells.map((cell) => cell.trim())
  // UTF-16 without a mark at its beginning is valid UTF-8, with a NUL after each letter.
  if (names.some((name) => name.includes('\0'))) throw badHeader('It is not UTF-8: save the file as CSV UTF-8.')
  if (names.some((name) => name.includes('\r'))) throw badHeader('Lines must end with LF or CRLF, not with CR alone.')
  const columns = names.slice(0, names.findLastIndex((name) => name !== '') + 1).map(readColumn)
  const double = columns.find((column, index) => columns.indexOf(column) !== index)
  if (double) throw badHeader(`The column ${double} stands twice.`)
  if (!columns.includes('sku')) throw badHeader('The column sku is missing.')
  return columns
}

function readColumn(name: string, index: number): Column {
  const known = contract.fileColumns.find((column) => column.toLowerCase() === name.toLowerCase())
  if (known) return known
  throw badHeader(name === '' ? `Column ${index + 1} has no name.` : `There is no column "${name.slice(0, 50)}".`)
}

export function badHeader(problem: string): Problem {
  const known = contract.fileColumns.join(', ')
  return new Problem(400, 'invalid_file', `The first line must name the columns. ${problem} It may have: ${known}.`)
}

/** Gives the product of a line, or the reason why there is none. */
export function readLine(columns: Column[], cells: string[], line: number): ProductLine | string {
  const isWrong = cells.length < columns.length || cells.slice(columns.length).some((cell) => cell.trim() !== '')
  if (isWrong) return `It has ${cells.length} cells, and the first line has ${columns.length}.`
  const texts = columns.map((column, index) => [column, unguard((cells[index] ?? '').trim())] as const)
  for (const [column, text] of texts) if (!isWellFormed(column, text)) return `${column}: ${forms[column]?.words}`
  const given = Object.fromEntries(texts.map(([column, text]) => [column, readCell(column, text)]))
  const result = lineSchema.safeParse(given)
  if (result.success) return { ...result.data, line }
  const [issue] = result.error.issues
  return `${issue?.path.map(String).join('.')}: ${issue?.message}`
}

/** The text is judged, because the nearest floating-point number may be a price where the text is none. */
const forms: Partial<Record<Column, { pattern: RegExp; words: string }>> = {
  price: { pattern: /^\d+(\.\d{1,2}0*)?$/, words: 'must be an amount such as 1499.50, with at most two decimals' },
  stock: wholeNumber,
  stockExported: wholeNumber,
  isActive: { pattern: /^(true|false)$/i, words: 'must be true or false' },
}

function isWellFormed(column: Column, text: string): boolean {
  return text === '' || (forms[column]?.pattern.test(text) ?? true)
}

/** An empty cell clears what may be empty, and leaves the rest as it is. */
function readCell(column: Column, text: string): unknown {
  if (column === 'description' || column === 'sku') return text
  if (column === 'images') return text.split(/\s+/).filter(Boolean)
  if (text === '') return column === 'category' || column === 'imageUrl' ? null : undefined
  if (column === 'price' || column === 'stock' || column === 'stockExported') return Number(text)
  return column === 'isActive' ? text.toLowerCase() === 'true' : text
}

/** Spreadsheets take a cell that begins like this for a formula, and run it. */
const formula = /^'*[=+\-@\t\r]/

/** One record of a file. A quote before what looks like a formula makes it text; reading takes it away again. */
export function writeRecord(cells: string[]): string {
  return formatCsv(cells.map((cell) => (formula.test(cell) ? `'${cell}` : cell)))
}

function unguard(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text
}
