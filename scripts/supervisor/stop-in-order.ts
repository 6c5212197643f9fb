import { setTimeout as delay } from 'node:timers/promises'
import type { EmbeddedDatabases } from './embedded-databases'
import type { ServiceProcess } from './service-process'

const stageMs = 1000
/** Who still runs this long after the stop began is killed, so that PostgreSQL has time for a clean end within 5 s. */
const killMs = 3500
const databaseMs = 4200

/** Stops the processes stage by stage, then PostgreSQL. Forced, it kills them and ends PostgreSQL at once. */
export async function stopInOrder(
  processes: readonly ServiceProcess[],
  databases: EmbeddedDatabases | undefined,
  force: AbortSignal,
): Promise<void> {
  const begun = Date.now()
  const left = (limitMs: number) => (force.aborted ? 0 : Math.max(0, begun + limitMs - Date.now()))
  const stages = [...new Set(processes.map(({ spec }) => spec.stopStage))].sort()
  const ending: Promise<void>[] = []
  for (const stage of stages) {
    const ended = processes.filter(({ spec }) => spec.stopStage === stage).map((each) => each.stop())
    ending.push(...ended)
    await withinLimit(Promise.all(ended), left(stage === stages[0] ? stageMs : killMs), force)
  }
  await withinLimit(Promise.all(ending), left(killMs), force)
  for (const each of processes) each.kill('SIGKILL')
  await Promise.all(ending)
  await databases?.stop(left(databaseMs))
}

async function withinLimit(work: Promise<unknown>, limitMs: number, force: AbortSignal): Promise<void> {
  const timer = new AbortController()
  const limit = delay(limitMs, undefined, { signal: AbortSignal.any([force, timer.signal]) }).catch(() => {})
  await Promise.race([work, limit])
  timer.abort()
}
