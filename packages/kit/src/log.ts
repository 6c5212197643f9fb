import winston from 'winston'
import { currentRequestId } from './context'

export type Log = winston.Logger

const secret = /password|secret|token|authorization|cookie|passkey|credential|^pin$|api_?key|^card/i
const phone = /phone|msisdn|partya/i
const maxDepth = 5

/** 254712345678 becomes 2547****678: enough to find a call, not enough to place one. */
export function maskPhone(value: string): string {
  return value.length < 8 ? '****' : `${value.slice(0, 4)}****${value.slice(-3)}`
}

function redact(value: unknown, depth = 0): unknown {
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Date) return value.toISOString()
  // What is not looked through is not written.
  if (depth === maxDepth) return '[deep]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactField(key, field, depth)]))
}

/** Providers send numbers as text, as JSON numbers and in lists. */
function maskPhones(field: unknown): unknown {
  if (Array.isArray(field)) return field.map(maskPhones)
  return typeof field === 'string' || typeof field === 'number' ? maskPhone(String(field)) : '[redacted]'
}

function redactField(key: string, field: unknown, depth: number): unknown {
  if (secret.test(key)) return '[redacted]'
  if (phone.test(key) && field !== null) return maskPhones(field)
  return redact(field, depth + 1)
}

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

/** What of an error goes into a log line. */
export function errorFields(error: unknown): Record<string, unknown> {
  return error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) }
}
