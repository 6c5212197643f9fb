import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../operator-error'
import { commandLine, isRunning, signalProcess } from '../process-info'

const fastMs = 8000
const immediateMs = 2000
const pollMs = 25

/**
 * Stops the server that a killed run left on this data folder. A pid file whose process is something else by now is
 * removed, because PostgreSQL would take that process for a server and refuse to start.
 */
export async function stopOrphan(dataDir: string, signal?: AbortSignal): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid')
  const pid = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : Number.NaN
  if (Number.isNaN(pid) || !isRunning(pid)) return
  const command = commandLine(pid)
  if (!command.includes('postgres') || !command.includes(dataDir)) return rmSync(pidFile, { force: true })
  if (await endsAfter(pid, 'SIGINT', fastMs, signal)) return
  if (await endsAfter(pid, 'SIGQUIT', immediateMs, signal)) return
  throw new OperatorError(
    `An earlier PostgreSQL (pid ${pid}) still uses ${dataDir} and does not stop: end it and start again.`,
  )
}

async function endsAfter(pid: number, how: NodeJS.Signals, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  signalProcess(pid, how)
  const deadline = Date.now() + limitMs
  while (isRunning(pid) && Date.now() < deadline) await delay(pollMs, undefined, signal && { signal })
  return !isRunning(pid)
}
