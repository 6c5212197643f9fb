import { stat } from 'node:fs/promises'
import type { AnswerOf, productContract } from '@duka/contracts'
import { askPatiently } from '../demo-shop/patience'
import { describeAnswer, type ShopClient } from '../demo-shop/shop-client'
import { exitCodes, OperatorError } from '../operator-error'
import { createProgress } from './progress'
import { type Piece, readPieces } from './read-pieces'

type Imported = AnswerOf<typeof productContract.importProducts>

export interface ImportOptions {
  shop: ShopClient
  token: string
  path: string
  dryRun: boolean
  log: (line: string) => void
}

const pieceLines = 2_000

export type Totals = Pick<Imported, 'created' | 'updated' | 'unchanged' | 'totalRejected'>

/** Imports a file piece by piece, so that it can be of any size, and prints each rejected line. */
export async function importFile(options: ImportOptions): Promise<Totals> {
  const { path, log } = options
  const progress = createProgress('Importing', await sizeOf(path))
  const totals: Totals = { created: 0, updated: 0, unchanged: 0, totalRejected: 0 }
  const rejected: string[] = []
  for await (const piece of readPieces(path, pieceLines)) {
    const answer = await importPiece(options, piece)
    for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += answer[key]
    for (const { line, reason } of answer.rejected) {
      // Lines of a piece are counted from its copy of the first line on.
      if (rejected.length < maxTold) rejected.push(`Line ${piece.firstLine + line - 2}: ${reason}`)
    }
    progress.show(piece.bytesRead)
  }
  progress.end()
  for (const line of rejected) log(line)
  if (totals.totalRejected > rejected.length) log(`and ${totals.totalRejected - rejected.length} more`)
  return totals
}

const maxTold = 1_000

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    throw new OperatorError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      exitCodes.wrongSetting,
    )
  }
}

/** The same piece twice does no harm: what it said is so already. */
async function importPiece({ shop, token, dryRun, log }: ImportOptions, piece: Piece): Promise<Imported> {
  const csv = piece.header + piece.text
  const path = `/api/products/import?dryRun=${dryRun}`
  const answer = await askPatiently(log, () => shop.send<Imported>('POST', path, { csv, token }))
  if (answer.status === 200) return answer.body
  throw new OperatorError(`Stopped before line ${piece.firstLine}: ${describeAnswer(answer)}`)
}
