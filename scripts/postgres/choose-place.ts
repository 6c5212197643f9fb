import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OperatorError } from '../operator-error'
import { type Binaries, findBinaries } from './binaries'

export type Identity = { uid: number; gid: number }
/** Where PostgreSQL's programs and data lie, and whom it runs as when not as the caller. */
export type Place = { nativeDir: string; version: string; dataDir: string; identity: Identity | undefined }

const sharedDir = '/var/lib/duka'

/**
 * PostgreSQL refuses to run as root, so root hands it to the owner of the data, or to `nobody` for new data. Whatever
 * that user cannot reach (a checkout under /root, say) is kept under /var/lib/duka instead.
 */
export function choosePlace(wantedDataDir: string): Place {
  const binaries = findBinaries()
  const wanted = resolve(wantedDataDir)
  if (!isRoot()) return { ...binaries, dataDir: checkOwner(wanted), identity: undefined }
  const dataDir = chooseDataDir(wanted)
  const identity = ownerOf(dataDir) ?? nobody()
  if (!canReach(dirname(dataDir), identity)) throw unreachable(dataDir)
  return { ...binaries, nativeDir: reachableBinaries(binaries, identity), dataDir, identity }
}

/** Every folder in which data for this wanted folder may lie. */
export function possibleDataDirs(wantedDataDir: string): string[] {
  const wanted = resolve(wantedDataDir)
  return isRoot() ? [wanted, sharedDataDir(wanted)] : [wanted]
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function sharedDataDir(wanted: string): string {
  return join(sharedDir, createHash('sha256').update(wanted).digest('hex').slice(0, 12), 'postgres')
}

/** Removes the folder that was made for data which the wanted folder could not hold. */
export function forgetSharedDir(wantedDataDir: string): void {
  if (isRoot()) rmSync(dirname(sharedDataDir(resolve(wantedDataDir))), { recursive: true, force: true })
}

// Data that exist decide before reachability does: a changed folder mode must not make a shop look empty.
function chooseDataDir(wanted: string): string {
  const shared = sharedDataDir(wanted)
  const existing = [wanted, shared].find((dir) => existsSync(join(dir, 'PG_VERSION')))
  if (existing) return existing
  mkdirSync(dirname(wanted), { recursive: true })
  if (canReach(dirname(wanted), nobody())) return wanted
  makeSharedDir(dirname(shared))
  return shared
}

function reachableBinaries({ nativeDir, version }: Binaries, identity: Identity): string {
  if (canReach(join(nativeDir, 'bin'), identity) && canReach(join(nativeDir, 'lib/postgresql'), identity))
    return nativeDir
  const copy = join(sharedDir, `postgresql-${version}-${identity.uid}`)
  if (existsSync(copy)) return copy
  makeSharedDir(sharedDir)
  const unfinished = `${copy}.${process.pid}`
  cpSync(nativeDir, unfinished, { recursive: true, verbatimSymlinks: true })
  chownTree(unfinished, identity)
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
  return copy
}

function makeSharedDir(dir: string): void {
  try {
    for (const each of [sharedDir, dir]) {
      mkdirSync(each, { recursive: true })
      chmodSync(each, 0o755)
    }
  } catch (error) {
    throw new OperatorError(
      `PostgreSQL does not run as root, and ${dir}, where user nobody could run it, cannot be made (${(error as Error).message}): run npm start as an ordinary user.`,
    )
  }
}

function nobody(): Identity {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('nobody:'))
  const [uid, gid] = (line ?? '').split(':').slice(2, 4).map(Number)
  if (uid === undefined || gid === undefined) {
    throw new OperatorError(
      'PostgreSQL does not run as root, and this machine has no user nobody: run npm start as an ordinary user.',
    )
  }
  return { uid, gid }
}

function ownerOf(dataDir: string): Identity | undefined {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) return undefined
  const { uid, gid } = statSync(dataDir)
  return uid === 0 ? undefined : { uid, gid }
}

function checkOwner(dataDir: string): string {
  if (existsSync(dataDir) && statSync(dataDir).uid !== process.getuid?.()) {
    throw new OperatorError(
      `${dataDir} belongs to another user: start as that user (or as root), or set DUKA_DATA_DIR to another folder.`,
    )
  }
  return dataDir
}

function canReach(dir: string, { uid, gid }: Identity): boolean {
  if (!existsSync(dir)) return false
  const stat = statSync(dir)
  const shift = stat.uid === uid ? 6 : stat.gid === gid ? 3 : 0
  const searchable = ((stat.mode >> shift) & 0o1) === 1
  return searchable && (dirname(dir) === dir || canReach(dirname(dir), { uid, gid }))
}

function chownTree(dir: string, identity: Identity): void {
  chownSync(dir, identity.uid, identity.gid)
  for (const name of readdirSync(dir, { recursive: true }) as string[]) {
    lchownSync(join(dir, name), identity.uid, identity.gid)
  }
}

function unreachable(dataDir: string): OperatorError {
  return new OperatorError(
    `PostgreSQL does not run as root, and the user who owns ${dataDir} cannot reach it: let that user pass through the folders above it, or set DUKA_DATA_DIR.`,
  )
}
