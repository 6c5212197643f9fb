import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One thing that goes from one name to another on the same disk. */
export type Move = { from: string; to: string }

/** Moves several things as if at once: written down first, so that what breaks off is gone on with at the next start. */
export function moveTogether(dataDir: string, moves: readonly Move[]): void {
  const file = fileOf(dataDir)
  writeFileSync(`${file}.new`, JSON.stringify(moves), { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
  finishMoves(dataDir)
}

/** Goes on with moves that were broken off. A shop must not start between two of them: it would begin with empty data. */
export function finishMoves(dataDir: string): void {
  const file = fileOf(dataDir)
  if (!existsSync(file)) return
  for (const { from, to } of JSON.parse(readFileSync(file, 'utf8')) as Move[]) {
    // Done already, where a run before this one came further.
    if (existsSync(from) && !existsSync(to)) renameSync(from, to)
  }
  rmSync(file)
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'moves.json')
}
