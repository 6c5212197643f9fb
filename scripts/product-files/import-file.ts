import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { AnswerOf, productContract } from '@duka/contracts'
import { LineTooLong, readCsv } from '@duka/kit/csv'
import { askPatiently } from '../demo-shop/patience'
import { describeAnswer, type ShopClient } from '../demo-shop/shop-client'
import { exitCodes, OperatorError } from '../operator-error'
import { createProgress } from './progress'
import { type Piece, type Rejection, readPieces } from './read-pieces'

type Imported = AnswerOf<typeof productContract.importProducts>

export interface ImportOptions {
  shop: ShopClient
  token: string
  path: string
  dryRun: boolean
  /** Changes no stock, whatever the file says. */
  leaveStock: boolean
  log: (line: string) => void
}

export type Totals = Pick<
  Imported,
  'created' | 'updated' | 'unchanged' | 'totalRejected' | 'totalStockChanges' | 'totalStockLeft'
>

const maxTold = 1_000

/** Imports a file piece by piece, so that it can be of any size, and prints each rejected line and, in a dry run, each change of stock. */
export async function importFile(options: ImportOptions): Promise<Totals> {
  const { path, log } = options
  const progress = createProgress('Importing', await sizeOf(path))
  const totals: Totals = {
    created: 0,
    updated: 0,
    unchanged: 0,
    totalRejected: 0,
    totalStockChanges: 0,
    totalStockLeft: 0,
  }
  const told: string[] = []
  const changes: string[] = []
  const lineOfSku = new Map<string, number>()
  const bytes = createReadStream(path)
  try {
    for await (const piece of readPieces(readCsv(bytes), lineOfSku)) {
      const answer = await importPiece(options, piece)
      // A shop of an older version tells nothing of stock.
      for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += answer[key] ?? 0
      totals.totalRejected += piece.rejected.length
      for (const { line, sku } of piece.without(answer.rejected)) lineOfSku.set(sku, line)
      const rejected = inFile(piece, answer.rejected).slice(0, maxTold - told.length)
      told.push(...rejected.map(({ line, reason }) => `Line ${line}: ${reason}`))
      changes.push(...describeChanges(piece, answer).slice(0, maxTold - changes.length))
      progress.show(bytes.bytesRead)
    }
  } catch (error) {
    throw error instanceof LineTooLong ? new OperatorError(error.message) : error
  }
  progress.end()
  logBounded(log, told, totals.totalRejected)
  if (options.dryRun) logBounded(log, changes, totals.totalStockChanges)
  return totals
}

function logBounded(log: (line: string) => void, lines: string[], total: number): void {
  for (const line of lines) log(line)
  if (total > lines.length) log(`and ${total - lines.length} more`)
}

function describeChanges(piece: Piece, { stockChanges = [] }: Partial<Imported>): string[] {
  return stockChanges.map(
    ({ line, sku, before, after }) => `Line ${piece.lineInFile(line)}: stock of ${sku} from ${before} to ${after}`,
  )
}

function inFile(piece: Piece, rejected: Rejection[]): Rejection[] {
  const answered = rejected.map(({ line, reason }) => ({ line: piece.lineInFile(line), reason }))
  return [...piece.rejected, ...answered].sort((a, b) => a.line - b.line)
}

/** Throws an OperatorError where there is no file to read. */
export async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return found.size
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new OperatorError(`${path} cannot be read (${code}).`, exitCodes.wrongSetting)
  }
  throw new OperatorError(`${path} is a folder: name the CSV file.`, exitCodes.wrongSetting)
}

/** The same piece twice does no harm: what it said is so already. */
async function importPiece({ shop, token, dryRun, leaveStock, log }: ImportOptions, piece: Piece): Promise<Imported> {
  const path = `/api/products/import?dryRun=${dryRun}&leaveStock=${leaveStock}`
  const answer = await askPatiently(log, () => shop.send<Imported>('POST', path, { csv: piece.text, token }))
  if (answer.status === 200) return answer.body
  throw new OperatorError(`Stopped before line ${piece.lineInFile(2)}: ${describeAnswer(answer)}`)
}
