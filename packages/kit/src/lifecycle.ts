import type { Server } from 'node:http'
import { ConfigurationError, configurationExitCode } from './config'
import { createLog, errorFields, type Log } from './log'

/** Closes one thing. They are closed in the order in which they are given. */
export type Closer = () => Promise<unknown>

const graceMs = 3_000
const sweepMs = 50

/**
 * Runs a service from start to stop: `start` brings it up and says how to take it down. Stops on SIGTERM, on SIGINT
 * and when the process that started it is gone. Exits with 78 where the settings are wrong.
 */
export async function runService(name: string, start: (log: Log) => Promise<Closer[]>): Promise<void> {
  const log = createLog(name, process.env.LOG_LEVEL || 'info')
  let stopping = false
  let closers: Closer[] | undefined

  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info('stopping', { reason })
    setTimeout(() => process.exit(1), graceMs + 500).unref()
    for (const close of closers ?? []) await close().catch((error) => log.warn('close_failed', errorFields(error)))
    log.info('stopped')
    process.exit(0)
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  process.on('disconnect', () => void stop('the supervisor is gone'))
  try {
    closers = await start(log)
    log.info('ready')
  } catch (error) {
    fail(log, error)
  }
}

function fail(log: Log, error: unknown): never {
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${error.message}\n`)
    process.exit(configurationExitCode)
  }
  log.error('start_failed', errorFields(error))
  process.exit(1)
}

/** Takes no new connections, lets running requests end, and cuts what is left when the time is up. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Node keeps a connection open whose request was running at close(), for as long as its client likes to reuse it.
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false
    })
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(timer)
      resolve()
    })
  })
}
