import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release } from 'node:os'
import { join } from 'node:path'
import { percentile } from './sample'

export interface Machine {
  cores: number
  processor: string
  system: string
  node: string
  commit: string
  /** Median time until 8 kB are on the disk that the databases use. */
  syncMs: number
  /** True where that disk is memory, so that a commit costs nothing. */
  isInMemory: boolean
  /** Of the last minute, before the load. */
  loadAverage: number
}

const syncTries = 50
const pageBytes = 8192
const tmpfs = 0x01021994

export function describeMachine(rootDir: string, dataDir: string): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    system: `${platform()} ${release()}`,
    node: process.version,
    commit: describeCommit(rootDir),
    syncMs: measureSync(dataDir),
    isInMemory: statfsSync(dataDir).type === tmpfs,
    loadAverage: loadavg()[0] ?? 0,
  }
}

function describeCommit(rootDir: string): string {
  const git = (args: string[]) =>
    execFileSync('git', args, { cwd: rootDir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const isChanged = git(['status', '--porcelain', '--untracked-files=no']) !== ''
    return git(['rev-parse', '--short', 'HEAD']) + (isChanged ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}

function measureSync(dir: string): number {
  const file = join(dir, 'sync-test')
  const page = Buffer.alloc(pageBytes, 1)
  const descriptor = openSync(file, 'w')
  const times = Array.from({ length: syncTries }, (_, index) => {
    const startedAt = performance.now()
    writeSync(descriptor, page, 0, pageBytes, index * pageBytes)
    fdatasyncSync(descriptor)
    return performance.now() - startedAt
  })
  closeSync(descriptor)
  rmSync(file)
  return percentile(times, 0.5) ?? 0
}
