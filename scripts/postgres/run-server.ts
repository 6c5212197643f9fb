import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../operator-error'
import type { Place } from './choose-place'
import { bareEnvironment, describeFailure } from './describe-failure'

export type ServerOptions = {
  port: number
  durable: boolean
  maxConnections: number
  onLog?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
  /** How long it may take to be ready; enough for a recovery after a crash when left out. */
  readyMs?: number | undefined
}
export type Server = {
  pid: number
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>
  /** Fast shutdown; past the limit an immediate one, which loses nothing but costs a recovery at the next start. */
  stop(fastMs?: number): Promise<void>
}

export class PortTakenError extends OperatorError {}

// A recovery after a crash replays at most max_wal_size of log.
const defaultReadyMs = 60_000
const immediateMs = 700

/** Starts the server on existing data; resolves when it accepts connections. */
export async function runServer(place: Place, options: ServerOptions): Promise<Server> {
  options.signal?.throwIfAborted()
  const child = spawn(join(place.nativeDir, 'bin/postgres'), serverArguments(place.dataDir, options), {
    ...place.identity,
    cwd: '/',
    env: bareEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const exited = once(child, 'exit').then(() => undefined)
  const stop = (fastMs = 3000) => stopServer(child, exited, fastMs)
  try {
    await untilReady(child, place, options)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid as number, exited, stop }
}

// Neither statements nor details go to the log: they hold what customers typed.
function serverArguments(dataDir: string, { port, durable, maxConnections }: ServerOptions): string[] {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    jit: 'off',
    timezone: 'UTC',
    log_checkpoints: 'off',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    // What a backup may keep of the log, so that a slow one does not fill the disk.
    max_slot_wal_keep_size: '4GB',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

async function untilReady(child: ChildProcess, place: Place, options: ServerOptions): Promise<void> {
  const lines: string[] = []
  const { readyMs = defaultReadyMs } = options
  await new Promise<void>((ready, fail) => {
    const timer = setTimeout(
      () => fail(new OperatorError(`PostgreSQL is not ready after ${readyMs / 1000} s: ${lines.at(-1) ?? ''}`)),
      readyMs,
    )
    const settle = (action: () => void) => () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', abort)
      action()
    }
    const abort = settle(() => fail(options.signal?.reason))
    options.signal?.addEventListener('abort', abort, { once: true })
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line)
      lines.splice(0, lines.length - 20)
      options.onLog?.(line)
      if (/ready to accept (read-only )?connections/.test(line)) settle(ready)()
    })
    child.once('error', (error) =>
      settle(() => fail(new OperatorError(`PostgreSQL cannot be run: ${error.message}`)))(),
    )
    child.once(
      'close',
      settle(() => fail(failureOf(lines, place, options.port))),
    )
  })
}

function failureOf(lines: string[], place: Place, port: number): OperatorError {
  if (lines.some((line) => /could not bind|Address already in use/.test(line))) {
    return new PortTakenError(
      `Port ${port} is taken, PostgreSQL cannot use it: stop the program that does, or set POSTGRES_PORT to another.`,
    )
  }
  return describeFailure('PostgreSQL could not start', lines, place.dataDir)
}

async function stopServer(child: ChildProcess, exited: Promise<void>, fastMs: number): Promise<void> {
  const running = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const steps = [
    ['SIGINT', fastMs],
    ['SIGQUIT', immediateMs],
    ['SIGKILL', immediateMs],
  ] as const
  for (const [signal, limitMs] of steps) {
    if (!running()) return
    child.kill(signal)
    await Promise.race([exited, delay(limitMs, undefined, { ref: false })])
  }
}
