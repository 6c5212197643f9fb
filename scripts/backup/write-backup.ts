import { existsSync, rmSync, statfsSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperatorError } from '../operator-error'
import { makeFolder } from '../supervisor/check-machine'
import { services } from '../supervisor/processes'
import type { GivenSettings } from '../supervisor/read-settings'
import { aboutName, describeBackup } from './about'
import { type Entry, textEntry } from './archive'
import { copyCluster } from './copy-cluster'
import { holdSimulators } from './hold-simulators'
import { listClusterFiles } from './list-cluster-files'
import { type ReachedCluster, reachCluster } from './reach-cluster'
import { readFile } from './read-file'
import { shopFiles, shopFolder } from './shop-files'
import { writeArchive } from './write-archive'

export type BackupOptions = {
  dataDir: string
  given: GivenSettings
  /** Where the backup goes; nothing may be there. */
  path: string
  signal: AbortSignal
  /** Is told how much of the data there is to copy. */
  onBegin?: (bytes: number) => void
  /** Is told how much is copied by now. */
  onProgress?: (bytes: number) => void
}
export type Backup = { path: string; bytes: number; moment: string }

/** Backs up a shop that runs or does not. The file has its name only once it is whole and on the disk. */
export async function writeBackup({ path, ...options }: BackupOptions): Promise<Backup> {
  if (existsSync(path)) throw new OperatorError(`${path} exists already: name another file.`)
  makeFolder(dirname(path))
  const unfinished = `${path}.unfinished`
  rmSync(unfinished, { force: true })
  const cluster = await reachCluster(options.dataDir, options.signal)
  try {
    const moment = await fill(unfinished, cluster, options)
    await rename(unfinished, path)
    await flushFolder(dirname(path))
    return { path, bytes: statSync(path).size, moment }
  } finally {
    await cluster.close()
    rmSync(unfinished, { force: true })
  }
}

async function fill(path: string, cluster: ReachedCluster, options: Omit<BackupOptions, 'path'>): Promise<string> {
  const { bytes } = listClusterFiles(cluster.dataDir)
  refuseFullDisk(dirname(path), bytes)
  options.onBegin?.(bytes)
  let moment = ''
  const entries = listEntries(cluster, bytes, options, (time) => {
    moment = time
  })
  await writeArchive(path, entries, () => moment, options.signal)
  return moment
}

async function* listEntries(
  cluster: ReachedCluster,
  bytes: number,
  { dataDir, given, onProgress }: Omit<BackupOptions, 'path'>,
  tellMoment: (time: string) => void,
): AsyncGenerator<Entry> {
  const databases = services.flatMap(({ database }) => (database ? [database.name] : []))
  yield textEntry(aboutName, JSON.stringify(describeBackup(databases, bytes)))
  let copied = 0
  const others: Entry[] = []
  yield* copyCluster(cluster, {
    onCopied: (more) => {
      copied += more
      onProgress?.(copied)
    },
    atMoment: (end) =>
      holdSimulators(dataDir, async () => {
        const ended = await end()
        tellMoment(new Date().toISOString())
        others.push(...(await readShopFiles(dataDir, given)))
        return ended
      }),
  })
  yield { name: shopFolder }
  yield* others
}

async function readShopFiles(dataDir: string, given: GivenSettings): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const [name, file] of Object.entries(shopFiles(dataDir, given))) {
    const entry = await readFile(name, file)
    if (entry) entries.push(entry)
  }
  return entries
}

// Packed it is a fraction of that, but a disk that is filled stops the shop that runs on it.
function refuseFullDisk(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= bytes) return
  const [needed, free] = [bytes, bavail * bsize].map((size) => Math.ceil(size / 1e6))
  throw new OperatorError(
    `The disk of ${folder} has ${free} MB free, and ${needed} MB are needed: name a file elsewhere.`,
  )
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}
