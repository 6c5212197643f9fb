import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OperatorError } from '../operator-error'
import { signalProcess } from '../process-info'
import type { Identity, Place } from './choose-place'
import { bareEnvironment, describeFailure } from './describe-failure'

export const adminUser = 'duka'

/**
 * Makes the data folder unless it is there. It is made aside and renamed when complete, so that a start that was
 * killed half-way leaves nothing that looks like a database.
 */
export async function ensureCluster(
  place: Place,
  password: string,
  durable: boolean,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(join(place.dataDir, 'PG_VERSION'))) return checkVersion(place)
  const unfinished = `${place.dataDir}.new`
  const passwordFile = `${place.dataDir}.password`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(dirname(unfinished), { recursive: true })
  mkdirSync(unfinished, { mode: 0o700 })
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 })
    for (const path of [unfinished, passwordFile]) giveTo(path, place.identity)
    await runInitdb(place, initdbArguments(unfinished, passwordFile, durable), signal)
    renameSync(unfinished, place.dataDir)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(unfinished, { recursive: true, force: true, maxRetries: 3 })
  }
}

// The builtin provider knows upper and lower case of all of Unicode and sorts the same on every machine.
function initdbArguments(dataDir: string, passwordFile: string, durable: boolean): string[] {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${adminUser}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  return [`--pgdata=${dataDir}`, ...access, ...locale, ...(durable ? [] : ['--no-sync'])]
}

async function runInitdb(place: Place, args: string[], signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const child = spawn(join(place.nativeDir, 'bin/initdb'), args, {
    ...place.identity,
    cwd: '/',
    env: bareEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  // The group holds the servers that initdb runs for a moment; what they leave behind is thrown away.
  const kill = () => child.pid !== undefined && signalProcess(-child.pid, 'SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  const [code] = (await once(child, 'close').finally(() => signal?.removeEventListener('abort', kill))) as [
    number | null,
  ]
  signal?.throwIfAborted()
  if (code !== 0) throw describeFailure('PostgreSQL could not make its data folder', errors.split('\n'), place.dataDir)
}

function checkVersion({ dataDir, version }: Place): void {
  const made = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()
  const major = version.split('.')[0]
  if (made === major) return
  throw new OperatorError(
    `${dataDir} was made by PostgreSQL ${made} and this is PostgreSQL ${major}: start over with npm start -- --reset, or set DUKA_DATA_DIR to another folder.`,
  )
}

function giveTo(path: string, identity: Identity | undefined): void {
  if (identity) chownSync(path, identity.uid, identity.gid)
}
