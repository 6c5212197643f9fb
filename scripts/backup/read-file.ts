import { open, stat } from 'node:fs/promises'
import type { Entry } from './archive'

const chunkBytes = 1 << 20

/**
 * A file as it is now, under another name in the archive; undefined when there is none. What a running server adds
 * meanwhile is left out, and what it cuts off or removes is zeros: its log has both.
 */
export async function readFile(name: string, path: string): Promise<Entry | undefined> {
  const found = await unlessMissing(stat(path))
  return found && { name, size: found.size, body: readBytes(path, found.size) }
}

// Opened when it is read, so that nothing stays open where the reading is called off.
async function* readBytes(path: string, size: number): AsyncGenerator<Buffer> {
  const file = await unlessMissing(open(path))
  try {
    for (let position = 0; position < size; ) {
      const wanted = Buffer.alloc(Math.min(chunkBytes, size - position))
      const bytesRead = (await file?.read(wanted, 0, wanted.length, position))?.bytesRead ?? 0
      const taken = bytesRead > 0 ? wanted.subarray(0, bytesRead) : wanted
      position += taken.length
      yield taken
    }
  } finally {
    await file?.close()
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const mostTries = 10

/** A small file that may be written at this moment: read until two readings agree. */
export async function readSteadily(name: string, path: string): Promise<Entry> {
  let before: Buffer | undefined
  for (let tries = 0; tries < mostTries; tries++) {
    const now = await readAll(name, path)
    if (before?.equals(now)) return { name, size: now.length, body: [now] }
    before = now
  }
  throw new Error(`${path} changes all the time`)
}

async function readAll(name: string, path: string): Promise<Buffer> {
  const entry = await readFile(name, path)
  if (!entry?.body) throw new Error(`${path} is missing`)
  const chunks: Buffer[] = []
  for await (const chunk of entry.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
