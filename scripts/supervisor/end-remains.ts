import { setTimeout as delay } from 'node:timers/promises'
import { signalProcess } from '../process-info'
import type { Output } from './output'
import { isStillRunning, type StartedProcess } from './running-shop'

/** A service without its supervisor ends within 3 s. */
const patienceMs = 4_000
const killedMs = 2_000
const pollMs = 50

/** Waits for the processes that a killed run left, which hold ports and write to the databases; ends those that stay. */
export async function endRemains(
  remains: readonly StartedProcess[],
  output: Output,
  signal?: AbortSignal,
): Promise<void> {
  const list = (processes: readonly StartedProcess[]) =>
    processes.map(({ name, pid }) => `${name} (process ${pid})`).join(', ')
  if (!remains.some(isStillRunning)) return
  output('duka', `an earlier npm start here was killed: waiting for what it left to end, ${list(remains)}`)
  await untilGone(remains, patienceMs, signal)
  const left = remains.filter(isStillRunning)
  if (left.length === 0) return
  output('duka', `ending what does not end by itself: ${list(left)}`)
  for (const { pid } of left) signalProcess(pid, 'SIGKILL')
  await untilGone(left, killedMs, signal)
}

async function untilGone(processes: readonly StartedProcess[], limitMs: number, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + limitMs
  while (processes.some(isStillRunning) && Date.now() < deadline) await delay(pollMs, undefined, signal && { signal })
}
