import winston from 'winston'
import { currentRequestId, currentTrace } from './context'
import { redact } from './redact'

export { maskPhone } from './redact'

export type Log = winston.Logger

const line = winston.format((info) => {
  const { level, message, ...fields } = info
  const safe = redact(fields) as Record<string, unknown>
  const requestId = currentRequestId()
  const clean: winston.Logform.TransformableInfo = {
    time: new Date().toISOString(),
    level,
    event: message,
    ...safe,
    message,
  }
  if (requestId && !clean.requestId) clean.requestId = requestId
  const trace = clean.traceId ? undefined : currentTrace()
  if (trace) clean.traceId = trace.traceId
  // Winston finds the level under a symbol, which a copy must carry over.
  clean[Symbol.for('level')] = info[Symbol.for('level')]
  return clean
})

const withoutMessage = winston.format.printf(({ message: _message, ...fields }) => JSON.stringify(fields))

/** JSON lines on stdout: an event name and fields. Fields whose names promise a secret are never written. */
export function createLog(service: string, level: string): Log {
  return winston.createLogger({
    level,
    defaultMeta: { service },
    format: winston.format.combine(line(), withoutMessage),
    transports: [new winston.transports.Console({ forceConsole: false, stderrLevels: [] })],
  })
}

/** Whether a line per request is written. Asked with every request, since the level may change. */
export function logsRequests({ level }: Log): boolean {
  return level === 'http' || level === 'debug'
}

/** What of an error goes into a log line. */
export function errorFields(error: unknown): Record<string, unknown> {
  return error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) }
}
