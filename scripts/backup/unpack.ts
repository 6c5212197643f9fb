import { chownSync, createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OperatorError } from '../operator-error'
import type { Identity } from '../postgres/choose-place'
import { type About, aboutName, refuseOtherKind } from './about'
import { damaged, type Entry, type Manifest } from './archive'
import { clusterFolder } from './copy-cluster'
import { readArchive } from './read-archive'

export type Staging = {
  /** Folder that the data of PostgreSQL are put into, owned by this user. */
  cluster: string
  identity: Identity | undefined
  /** Where the shop's own files are put, by their names in the archive. */
  files: Readonly<Record<string, string>>
  /** Is told what the backup is before anything is unpacked; throws where that will not do. */
  onAbout(about: About): void
  /** Is told how much is unpacked by now. */
  onProgress?(bytes: number): void
}

const aboutLimitBytes = 1 << 20

/** Unpacks a backup into folders of its own, and resolves when all of it was as it was written. */
export async function unpack(path: string, staging: Staging, signal: AbortSignal): Promise<Manifest> {
  let isKnown = false
  let unpacked = 0
  return readArchive(
    path,
    async (entry) => {
      if (!isKnown) {
        staging.onAbout(await readAbout(entry))
        isKnown = true
      } else await put(entry, staging)
      unpacked += entry.size ?? 0
      staging.onProgress?.(unpacked)
    },
    signal,
  )
}

async function readAbout({ name, size = 0, body = [] }: Entry): Promise<About> {
  if (name !== aboutName || size > aboutLimitBytes) throw damaged('it does not begin with what it is')
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  try {
    const about = JSON.parse(Buffer.concat(chunks).toString()) as About
    refuseOtherKind(about)
    return about
  } catch (error) {
    throw error instanceof OperatorError ? error : damaged('what it says of itself cannot be read')
  }
}

async function put({ name, size, body = [] }: Entry, { cluster, identity, files }: Staging): Promise<void> {
  const isCluster = name === clusterFolder || name.startsWith(`${clusterFolder}/`)
  const target = isCluster ? join(cluster, name.slice(clusterFolder.length)) : files[name]
  // A simulator that these settings do not want has nobody to tell.
  if (!target) return drain(body)
  if (size === undefined) mkdirSync(target, { mode: 0o700 })
  else {
    if (!isCluster) mkdirSync(dirname(target), { recursive: true })
    await pipeline(Readable.from(body), createWriteStream(target, { flags: 'wx', mode: 0o600 }))
  }
  if (isCluster && identity) chownSync(target, identity.uid, identity.gid)
}

async function drain(body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  for await (const _ of body);
}
