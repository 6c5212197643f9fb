import { createLog, type Log } from '@duka/kit'

/** A log that writes nothing but keeps its lines, as they would have been written. */
export function captureLog(level = 'debug'): { log: Log; lines: string[] } {
  const log = createLog('test', level)
  for (const transport of log.transports) transport.silent = true
  const lines: string[] = []
  log.on('data', (info: { level: string; [text: symbol]: unknown }) => {
    // Levels are sorted out by the transports only. The finished text is under a symbol.
    if (log.isLevelEnabled(info.level)) lines.push(String(info[Symbol.for('message')]))
  })
  return { log, lines }
}
