import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
import { processStartTime } from '../process-info'

/** What a running shop tells about itself in its data folder. */
export type RunningShop = {
  pid: number
  /** Tells the process from a later one with the same id. */
  startTime: string
  urls: Record<string, string>
  processes: StartedProcess[]
  /** What it was started with; a run of an older version wrote none. */
  given?: Readonly<Record<string, string>> | undefined
}

/** The start time is as above; a run of an older version wrote none. */
export type StartedProcess = { name: string; pid: number; startTime?: string | undefined }

export type DataDirLock = {
  /** A run before this one ended without unlocking: it was killed. */
  foundRemains: boolean
  /** Those of its processes that have not ended yet. */
  remains: StartedProcess[]
  publish(running: Pick<RunningShop, 'urls' | 'processes' | 'given'>): void
  release(): void
}

/** The shop that runs on a data folder now, if any. */
export function readRunningShop(dataDir: string): RunningShop | undefined {
  const running = readFile(fileOf(dataDir))
  return running && processStartTime(running.pid) === running.startTime ? running : undefined
}

/** Claims a data folder for this process: two shops on one folder would ruin the data. */
export function lockDataDir(dataDir: string): DataDirLock {
  const file = fileOf(dataDir)
  const own = { pid: process.pid, startTime: processStartTime(process.pid) ?? '', urls: {}, processes: [] }
  const other = readRunningShop(dataDir)
  if (other) throw alreadyRuns(dataDir, other.pid)
  const earlier = readFile(file)
  rmSync(file, { force: true })
  const publish: DataDirLock['publish'] = ({ processes, ...running }) =>
    replaceFile(file, { ...own, ...running, processes: processes.map(withStartTime) })
  claim(dataDir, own)
  const remains = earlier?.processes.filter(isStillRunning) ?? []
  return { foundRemains: earlier !== undefined, remains, publish, release: () => rmSync(file, { force: true }) }
}

/** Whether a process that was written down is there, and no later one with the same id. */
export function isStillRunning({ pid, startTime }: StartedProcess): boolean {
  return startTime !== undefined && processStartTime(pid) === startTime
}

function withStartTime(process: StartedProcess): StartedProcess {
  return { ...process, startTime: processStartTime(process.pid) }
}

// Linking fails when the name exists, so of two that start at once one wins.
function claim(dataDir: string, own: RunningShop): void {
  const aside = `${fileOf(dataDir)}.${process.pid}`
  writeFileSync(aside, JSON.stringify(own), { mode: 0o600 })
  try {
    linkSync(aside, fileOf(dataDir))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyRuns(dataDir, readRunningShop(dataDir)?.pid)
    throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function replaceFile(file: string, running: RunningShop): void {
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, JSON.stringify(running), { mode: 0o600 })
  renameSync(aside, file)
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'running.json')
}

function readFile(file: string): RunningShop | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningShop
  } catch {
    return undefined
  }
}

function alreadyRuns(dataDir: string, pid: number | undefined): OperatorError {
  return new OperatorError(
    `A shop already runs on ${dataDir}${pid ? ` (process ${pid})` : ''}: stop it first, or give this one its own DUKA_DATA_DIR and ports.`,
  )
}
