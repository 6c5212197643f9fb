import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatorError } from '../operator-error'
import { placeOf } from '../postgres'
import type { Place } from '../postgres/choose-place'
import { prepareDataDir } from '../supervisor/check-machine'
import { postgresDir } from '../supervisor/embedded-databases'
import { endRemains } from '../supervisor/end-remains'
import { finishMoves, type Move, moveTogether } from '../supervisor/finish-moves'
import type { GivenSettings } from '../supervisor/read-settings'
import { lockDataDir } from '../supervisor/running-shop'
import type { Secrets } from '../supervisor/secrets'
import type { About } from './about'
import { damaged } from './archive'
import { secretsEntry, shopFiles } from './shop-files'
import { tryCluster } from './try-cluster'
import { unpack } from './unpack'

export type RestoreOptions = {
  path: string
  dataDir: string
  given: GivenSettings
  /** Unpacks and tries the backup, and throws it away again. */
  dryRun: boolean
  signal: AbortSignal
  onBegin?: (bytes: number) => void
  onProgress?: (bytes: number) => void
}
export type Restored = {
  moment: string
  /** Where the data are that were there before. */
  keptAside: string[]
}

/** What is restored, from where it is unpacked to where it belongs. */
type Staged = { place: Place; cluster: Move; files: Record<string, Move> }

/**
 * Puts a backup in the place of a folder's data. Until all of it is unpacked, was found to be what was written, and its
 * databases have answered, nothing of the folder is touched.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { path, dataDir } = options
  if (!existsSync(path) || !statSync(path).isFile()) throw new OperatorError(`There is no backup at ${path}.`)
  prepareDataDir(dataDir)
  if (options.dryRun) return tryBackup(options)
  const lock = lockDataDir(dataDir)
  const staged = stage(options, '.restoring')
  try {
    await endRemains(lock.remains, (_name, line) => console.error(line), options.signal)
    finishMoves(dataDir)
    discard(staged)
    const moment = await unpackAndTry(options, staged)
    options.signal.throwIfAborted()
    return { moment, keptAside: swap(dataDir, staged) }
  } finally {
    discard(staged)
    lock.release()
  }
}

/** Changes nothing that a running shop uses, and so needs none to stop. */
async function tryBackup(options: RestoreOptions): Promise<Restored> {
  const staged = stage(options, `.trying-${process.pid}`)
  try {
    return { moment: await unpackAndTry(options, staged), keptAside: [] }
  } finally {
    discard(staged)
  }
}

function stage({ dataDir, given }: RestoreOptions, suffix: string): Staged {
  const place = placeOf(postgresDir(dataDir))
  const into = (to: string): Move => ({ from: `${to}${suffix}`, to })
  const files = Object.entries(shopFiles(dataDir, given)).map(([name, file]) => [name, into(file)] as const)
  return { place, cluster: into(place.dataDir), files: Object.fromEntries(files) }
}

async function unpackAndTry(options: RestoreOptions, { place, cluster, files }: Staged): Promise<string> {
  let about: About | undefined
  const staging = {
    cluster: cluster.from,
    identity: place.identity,
    files: Object.fromEntries(Object.entries(files).map(([name, { from }]) => [name, from])),
    onAbout(read: About) {
      about = read
      mkdirSync(dirname(cluster.from), { recursive: true })
      refuseFullDisk(dirname(cluster.from), read.bytes)
      options.onBegin?.(read.bytes)
    },
    onProgress: options.onProgress ?? (() => {}),
  }
  const { moment } = await unpack(options.path, staging, options.signal)
  const password = readSecrets(files[secretsEntry]?.from ?? '').postgresPassword ?? ''
  await tryCluster({ ...place, dataDir: cluster.from }, password, about?.databases ?? [], options.signal)
  return moment
}

function readSecrets(path: string): Secrets {
  if (!existsSync(path)) throw damaged('it holds no secrets')
  return JSON.parse(readFileSync(path, 'utf8')) as Secrets
}

// A journal that the backup does not have goes aside too: it tells of payments that these databases know nothing of.
function swap(dataDir: string, { cluster, files }: Staged): string[] {
  const suffix = `.before-restore-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`
  const all = [cluster, ...Object.values(files)]
  const aside = all.filter(({ to }) => existsSync(to)).map(({ to }) => ({ from: to, to: to + suffix }))
  moveTogether(dataDir, [...aside, ...all.filter(({ from }) => existsSync(from))])
  return aside.map(({ to }) => to)
}

function discard({ cluster, files }: Staged): void {
  for (const { from } of [cluster, ...Object.values(files)]) {
    rmSync(from, { recursive: true, force: true, maxRetries: 3 })
  }
}

function refuseFullDisk(folder: string, bytes: number): void {
  // Recovery writes some log of its own beside the data.
  const needed = bytes + 500e6
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize >= needed) return
  const [wanted, free] = [needed, bavail * bsize].map((size) => Math.ceil(size / 1e6))
  throw new OperatorError(`The disk of ${folder} has ${free} MB free, and ${wanted} MB are needed: free some space.`)
}
