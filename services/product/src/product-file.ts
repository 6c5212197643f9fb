import { productContract as contract, type InputOf } from '@duka/contracts'
import { Problem } from '@duka/kit'

export type Column = (typeof contract.fileColumns)[number]

/** What a line of a product file says of a product; what it does not mention stays as it is. */
export type ProductLine = InputOf<typeof contract.updateProduct>['body'] & { sku: string; line: number }

const lineSchema = contract.updateProduct.body.required({ sku: true })

/** Reads the first line. Throws a 400 Problem where it is not one. */
export function readHeader(cells: string[]): Column[] {
  const columns = cells.map((cell) => cell.trim())
  const unknown = columns.find((column) => !(contract.fileColumns as readonly string[]).includes(column))
  if (unknown !== undefined) throw badHeader(`there is no column "${unknown.slice(0, 50)}"`)
  const double = columns.find((column, index) => columns.indexOf(column) !== index)
  if (double) throw badHeader(`the column ${double} stands twice`)
  if (!columns.includes('sku')) throw badHeader('the column sku is missing')
  return columns as Column[]
}

export function badHeader(problem: string): Problem {
  const known = contract.fileColumns.join(', ')
  return new Problem(
    400,
    'invalid_file',
    `The first line must name the columns, but ${problem}. It may have: ${known}.`,
  )
}

/** Gives the product of a line, or the reason why there is none. */
export function readLine(columns: Column[], cells: string[], line: number): ProductLine | string {
  if (cells.length !== columns.length) return `It has ${cells.length} cells, and the first line has ${columns.length}.`
  if (cells.some((cell) => cell.includes('\ufffd'))) return 'It is not UTF-8: save the file as CSV UTF-8.'
  const given = Object.fromEntries(columns.map((column, index) => [column, readCell(column, cells[index] ?? '')]))
  const result = lineSchema.safeParse(given)
  if (result.success) return { ...result.data, line }
  const [issue] = result.error.issues
  return `${issue?.path.map(String).join('.')}: ${issue?.message}`
}

/** An empty cell clears what may be empty, and leaves the rest as it is. */
function readCell(column: Column, cell: string): unknown {
  const text = unguard(cell.trim())
  if (column === 'description' || column === 'sku') return text
  if (column === 'images') return text.split(/\s+/).filter(Boolean)
  if (text === '') return column === 'category' || column === 'imageUrl' ? null : undefined
  if (column === 'price' || column === 'stock') return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (column === 'isActive') return { true: true, false: false }[text.toLowerCase()] ?? text
  return text
}

/** Spreadsheets take a cell that begins like this for a formula, and run it. */
const formula = /^'*[=+\-@\t\r]/

/** One record of a file. A quote before what looks like a formula makes it text; reading takes it away again. */
export function writeRecord(cells: string[]): string {
  return `${cells.map((cell) => quote(formula.test(cell) ? `'${cell}` : cell)).join(',')}\r\n`
}

function unguard(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text
}

function quote(cell: string): string {
  return /[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
