import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

// Slim container images have no ps, so Linux is asked through /proc.
const onLinux = process.platform === 'linux'

/** What tells this process from a later one with the same id; undefined when it has ended (a zombie has). */
export function processStartTime(pid: number): string | undefined {
  if (!onLinux) return askPs(pid, 'lstart')
  const [state, ...rest] = statFields(pid)
  return state === undefined || state === 'Z' || state === 'X' ? undefined : rest[18]
}

export function isRunning(pid: number): boolean {
  return processStartTime(pid) !== undefined
}

/** The full command line of a process, or an empty string when it has ended. */
export function commandLine(pid: number): string {
  if (!onLinux) return askPs(pid, 'command') ?? ''
  return (readProc(pid, 'cmdline') ?? '').split('\0').join(' ')
}

/** Resident memory of a process in bytes; undefined when it has ended. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes = onLinux ? /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, 'status') ?? '')?.[1] : askPs(pid, 'rss')
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

/** Sends a signal and says whether there was a process to take it; lacking the right to send it is an error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

// The second field, the program's name, may hold spaces and parentheses: fields are counted after its end.
function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat')
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

function askPs(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }).trim()
  } catch {
    return undefined
  }
}
