import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { Header } from 'tar'
import { blockBytes, type Entry, type Manifest, manifestName, textEntry } from './archive'

/** Streams a gzipped tar file that only its owner can read. `momentOf` is asked when all entries are written. */
export async function writeArchive(
  path: string,
  entries: AsyncIterable<Entry>,
  momentOf: () => string,
  signal: AbortSignal,
): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  await pipeline(toTar(entries, momentOf), createGzip({ level: 1 }), file, { signal })
}

async function* toTar(entries: AsyncIterable<Entry>, momentOf: () => string): AsyncGenerator<Buffer> {
  const files: Manifest['files'] = {}
  for await (const entry of entries) {
    const hash = createHash('sha256')
    for await (const chunk of toBlocks(entry)) {
      if (chunk.isContent) hash.update(chunk.bytes)
      yield chunk.bytes
    }
    if (entry.size !== undefined) files[entry.name] = { bytes: entry.size, sha256: hash.digest('hex') }
  }
  const manifest: Manifest = { moment: momentOf(), files }
  for await (const { bytes } of toBlocks(textEntry(manifestName, JSON.stringify(manifest)))) yield bytes
  yield Buffer.alloc(2 * blockBytes)
}

type Piece = { bytes: Buffer; isContent: boolean }

async function* toBlocks({ name, size, body }: Entry): AsyncGenerator<Piece> {
  yield { bytes: headerOf(name, size), isContent: false }
  for await (const bytes of body ?? []) yield { bytes, isContent: true }
  const rest = (size ?? 0) % blockBytes
  if (rest > 0) yield { bytes: Buffer.alloc(blockBytes - rest), isContent: false }
}

function headerOf(name: string, size: number | undefined): Buffer {
  const kind =
    size === undefined ? ({ type: 'Directory', mode: 0o700 } as const) : ({ type: 'File', mode: 0o600 } as const)
  const header = new Header({ path: name, size: size ?? 0, uid: 0, gid: 0, mtime: new Date(), ...kind })
  const block = Buffer.alloc(blockBytes)
  if (header.encode(block)) throw new Error(`The path ${name} is too long for an archive`)
  return block
}
