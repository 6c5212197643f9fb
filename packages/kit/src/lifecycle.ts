import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigurationError, configurationExitCode } from './config'
import { explainStart } from './explain-start'
import { createLog, errorFields, type Log } from './log'
import { turnMetricsOff } from './metrics'
import { observe } from './observe'
import { outliveReaders } from './outlive-readers'
import { reportError } from './report-errors'
import { switchLevelBySignal } from './switch-level'

/** Closes one thing. They are closed in the order in which they are given. */
export type Closer = () => Promise<unknown>

/** How long callers get to notice that a server is about to stop, by answers and by /ready. */
const drainMs = 500
/** As long as a request may take; an orchestrator that is less patient kills before. */
const graceMs = 25_000
const sweepMs = 50
/** What is left to do when the last request has ended: jobs to lay down, connections to close. */
const closeMs = 5_000
/** Without a supervisor nobody waits for us, and the next start wants our port. */
const orphanMs = 2_500

/**
 * Runs a service from start to stop: `start` brings it up and says how to take it down. Stops on SIGTERM, on SIGINT
 * and when the process that started it is gone. Exits with 78 where the settings are wrong.
 */
export async function runService(name: string, start: (log: Log) => Promise<Closer[]>): Promise<void> {
  outliveReaders()
  const log = createLog(name, process.env.LOG_LEVEL || 'info')
  if (process.env.METRICS === 'off') turnMetricsOff()
  switchLevelBySignal(log)
  const stopObserving = await observe(name, log)
  endOnFault(log, stopObserving)
  let stopping = false
  let closers: Closer[] | undefined

  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info('stopping', { reason })
    setTimeout(() => process.exit(1), drainMs + graceMs + closeMs).unref()
    for (const close of closers ?? []) await close().catch((error) => log.warn('close_failed', errorFields(error)))
    await stopObserving()
    log.info('stopped')
    process.exit(0)
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  process.on('disconnect', () => {
    setTimeout(() => process.exit(1), orphanMs).unref()
    void stop('the supervisor is gone')
  })
  try {
    closers = await start(log)
    log.info('ready')
  } catch (error) {
    await fail(name, log, error, stopObserving)
  }
}

/** What nobody caught leaves the process in a state that nobody knows: it tells of it and ends, to be started anew. */
function endOnFault(log: Log, stopObserving: Closer): void {
  let isEnding = false
  process.on('uncaughtException', (error, origin) => {
    log.error('uncaught', { origin, ...errorFields(error) })
    if (isEnding) return
    isEnding = true
    reportError(error, { event: origin })
    void stopObserving().finally(() => process.exit(1))
  })
}

async function fail(name: string, log: Log, error: unknown, stopObserving: Closer): Promise<never> {
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${error.message}\n`)
    process.exit(configurationExitCode)
  }
  const explained = explainStart(name, error)
  if (explained) process.stderr.write(`${explained.line}\n`)
  else {
    log.error('start_failed', errorFields(error))
    reportError(error, { event: 'start_failed' })
    await stopObserving()
  }
  process.exit(explained?.isLasting ? configurationExitCode : 1)
}

const closing = new WeakSet<object>()

/** Whether the server that a request came to is about to stop. */
export function isClosing({ socket }: IncomingMessage): boolean {
  const { server } = socket as Socket & { server?: object }
  return server !== undefined && closing.has(server)
}

/**
 * Stops without losing a request: first it goes on serving but closes each connection with its answer, so that callers
 * turn elsewhere; then it takes no new connection, lets running requests end, and cuts what is left when the time is up.
 */
export async function closeServer(server: Server, times: { drainMs?: number; graceMs?: number } = {}): Promise<void> {
  closing.add(server)
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  const connections = await countConnections(server)
  if (connections > 0) await wait(times.drainMs ?? drainMs)
  await closeAtLast(server, times.graceMs ?? graceMs)
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)))
}

function closeAtLast(server: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    // A request that ran before all this leaves its connection open.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
    const timer = setTimeout(() => server.closeAllConnections(), limitMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(timer)
      resolve()
    })
  })
}
