import type { EventEmitter } from 'node:events'
import type { Log } from './log'

const everything = 'debug'
/** Somebody looks on no longer than this, and what is forgotten must not fill a disk. */
const forgottenAfterMs = 3_600_000

/**
 * SIGUSR2 makes a process log everything: until the next one, or for an hour. A signal reaches exactly the instances that
 * are meant, needs no restart, and nobody can send it over the network.
 */
export function switchLevelBySignal(log: Log, signals: EventEmitter = process): void {
  const usual = log.level
  let timer: NodeJS.Timeout | undefined

  function set(level: string): void {
    clearTimeout(timer)
    log.level = level
    log.warn('log_level', { from: level === usual ? everything : usual, to: level })
  }

  signals.on('SIGUSR2', () => {
    if (usual === everything) return
    if (log.level === everything) return set(usual)
    set(everything)
    timer = setTimeout(() => set(usual), forgottenAfterMs).unref()
  })
}
