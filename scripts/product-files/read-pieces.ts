import { productContract as contract } from '@duka/contracts'
import { type CsvRecord, formatCsv } from '@duka/kit/csv'
import { OperatorError } from '../operator-error'

export interface Rejection {
  line: number
  reason: string
}

/** A part of a CSV file, as a CSV of its own. */
export class Piece {
  /** Lines of the file among these that are not sent. */
  readonly rejected: Rejection[] = []
  /** Of each line that is sent, by its number in the piece: its number in the file, and its sku. */
  private readonly sent = new Map<number, { line: number; sku: string }>()
  private readonly skus = new Set<string>()
  private lineCount = 1

  constructor(public text: string) {}

  add(line: number, cells: string[], sku: string): void {
    const text = formatCsv(cells)
    this.sent.set(this.lineCount + 1, { line, sku })
    if (sku !== '') this.skus.add(sku)
    this.text += text
    this.lineCount += text.split('\n').length - 1
  }

  hasRoomFor(sku: string): boolean {
    return this.sent.size + this.rejected.length < maxLines && this.text.length < maxLength && !this.skus.has(sku)
  }

  /** The number in the file of a line that has another one in the piece. */
  lineInFile(number: number): number {
    return this.sent.get(number)?.line ?? number
  }

  /** What was sent, but for these lines of the piece. */
  without(rejected: Rejection[]): { line: number; sku: string }[] {
    const numbers = new Set(rejected.map(({ line }) => line))
    return [...this.sent].flatMap(([number, each]) => (numbers.has(number) ? [] : [each]))
  }
}

/** So that the shop tells of each line that it rejects. */
const maxLines: number = contract.maxToldRejections
const maxLength = 1_000_000

/**
 * Reads a CSV in pieces, each with the first line in it. No sku stands twice in a piece, nor once where `lineOfSku` has
 * it: whoever sends a piece adds what the shop took of it. Throws an OperatorError where there is no first line.
 */
export async function* readPieces(
  records: AsyncGenerator<CsvRecord>,
  lineOfSku: ReadonlyMap<string, number>,
): AsyncGenerator<Piece> {
  const names = await readNames(records)
  const skuColumn = names.findIndex((name) => name.trim().toLowerCase() === 'sku')
  let piece = new Piece(formatCsv(names))
  for await (const record of records) {
    const sku = 'cells' in record ? contract.skuKey(record.cells[skuColumn] ?? '') : ''
    if (!piece.hasRoomFor(sku)) {
      yield piece
      piece = new Piece(formatCsv(names))
    }
    const earlier = lineOfSku.get(sku)
    if ('reason' in record) piece.rejected.push(record)
    else if (earlier) piece.rejected.push({ line: record.line, reason: `Its sku stands in line ${earlier} already.` })
    else piece.add(record.line, record.cells, sku)
  }
  yield piece
}

async function readNames(records: AsyncGenerator<CsvRecord>): Promise<string[]> {
  const { value: first } = await records.next()
  if (!first) throw new OperatorError('The file is empty: its first line must name the columns.')
  if ('reason' in first) throw new OperatorError(`Line ${first.line} must name the columns. ${first.reason}`)
  return first.cells
}
