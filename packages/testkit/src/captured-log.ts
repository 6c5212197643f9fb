import { createLog, type Log } from '@duka/kit'

/** A log that writes nothing but keeps its lines, as they would have been written. */
export function captureLog(level = 'debug'): { log: Log; lines: string[] } {
  const log = createLog('test', level)
  for (const transport of log.transports) transport.silent = true
  const lines: string[] = []
  // Winston hands the finished text on under this symbol.
  log.on('data', (info: Record<symbol, unknown>) => lines.push(String(info[Symbol.for('message')])))
  return { log, lines }
}
