import { simulators } from '../supervisor/processes'
import { readRunningShop } from '../supervisor/running-shop'

/**
 * Lets the simulated providers of a running shop stand still while `work` runs, so that their journals are of the same
 * moment as the databases: a payment is committed before its provider hears of it, and a provider writes down what it
 * does before it tells.
 */
export async function holdSimulators<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const names = new Set<string>(simulators.map(({ name }) => name))
  const pids = (readRunningShop(dataDir)?.processes ?? []).flatMap(({ name, pid }) => (names.has(name) ? [pid] : []))
  const held = pids.filter((pid) => signal(pid, 'SIGSTOP'))
  try {
    return await work()
  } finally {
    for (const pid of held) signal(pid, 'SIGCONT')
  }
}

// One that has just ended does nothing any more; Windows knows no way to hold a process.
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
