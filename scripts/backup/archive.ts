import { OperatorError } from '../operator-error'

/** What an archive holds. A directory has neither size nor body. */
export type Entry = { name: string; size?: number; body?: AsyncIterable<Buffer> | Iterable<Buffer> }
export type FileRecord = { bytes: number; sha256: string }
/** The last entry: what was written before it. An archive without it is not whole. */
export type Manifest = { moment: string; files: Record<string, FileRecord> }

export const manifestName = 'manifest.json'
export const blockBytes = 512

export function textEntry(name: string, text: string): Entry {
  const bytes = Buffer.from(text)
  return { name, size: bytes.length, body: [bytes] }
}

export function damaged(what: string): OperatorError {
  return new OperatorError(`This is no whole backup of a shop: ${what}. Nothing was changed; take another one.`)
}
