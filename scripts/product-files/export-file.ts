import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { OperatorError } from '../operator-error'
import { createProgress } from './progress'

export interface ExportOptions {
  /** The gateway's address. */
  url: string
  token: string
  path: string
  /** About how many products come, for the bar. */
  expected: number
}

/** Writes all products into a file, which gets its name when it is whole. Gives how many lines it wrote. */
export async function exportFile({ url, token, path, expected }: ExportOptions): Promise<number> {
  const response = await fetch(`${url}/api/products/export`, { headers: { Authorization: `Bearer ${token}` } })
  if (response.status !== 200 || !response.body) throw new OperatorError(`The shop answered ${response.status}.`)
  const progress = createProgress('Exporting', expected)
  let lines = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) if (byte === 10) lines++
      progress.show(lines)
      done(null, chunk)
    },
  })
  const unfinished = `${path}.part`
  try {
    await pipeline(response.body as ReadableStream, count, createWriteStream(unfinished))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw new OperatorError(`The export broke off: ${(error as Error).message}`)
  }
  progress.end()
  return lines
}
