import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { productContract as contract } from '@duka/contracts'
import { Problem } from '@duka/kit'
import { LineTooLong, maxCsvLength } from '@duka/kit/csv'

const lineFeed = 10

/**
 * Keeps an uploaded file on disk while `work` is done on it. It is there whole before anything is done, so a cut upload
 * changes nothing, and a slow database does not hold up the client.
 */
export async function receiveFile<T>(upload: Readable, work: (bytes: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
  const { writer, reader } = await openNameless()
  try {
    await pipeline(upload, checkLines(), writer.createWriteStream())
    return await work(reader.createReadStream())
  } finally {
    await Promise.all([writer.close(), reader.close()])
  }
}

/** A file without a name: it is gone with this process, however that ends. */
async function openNameless(): Promise<{ writer: FileHandle; reader: FileHandle }> {
  const folder = await mkdtemp(join(tmpdir(), 'duka-import-'))
  try {
    const path = join(folder, 'upload')
    return { writer: await open(path, 'wx', 0o600), reader: await open(path, 'r') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function checkLines(): Transform {
  let lines = 1
  let lineBytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) {
        lineBytes = byte === lineFeed ? 0 : lineBytes + 1
        if (byte === lineFeed) lines++
        if (lineBytes > maxCsvLength) return done(tooLarge(new LineTooLong(lines).message))
      }
      if (lines > contract.maxFileLines + 1) {
        return done(tooLarge(`A file may have at most ${contract.maxFileLines} lines: import it in parts.`))
      }
      done(null, chunk)
    },
  })
}

function tooLarge(detail: string): Problem {
  return new Problem(413, 'payload_too_large', detail)
}
