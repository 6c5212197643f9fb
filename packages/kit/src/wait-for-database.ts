import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Log } from './log'

export interface Patience {
  /** With a server that is there and says that it is not ready yet: after a crash it first reads its own log. */
  startingMs?: number
  /** With one that does not answer, which may be about to start, or at another address. */
  absentMs?: number
  pauseMs?: number
}

/** PostgreSQL's: it is starting, recovering or stopping. */
const isStarting = (code: string | undefined) => code === '57P03'
const isAbsent = (code: string | undefined) => ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes(code ?? '')
const connectTimeoutMs = 5_000

/**
 * Waits until the database takes connections, and says once that it does. Whatever else keeps it from that, and patience
 * that ends, is left to whoever connects next to tell.
 */
export async function waitForDatabase(
  url: string,
  log: Log | undefined,
  { startingMs = 60_000, absentMs = 10_000, pauseMs = 250 }: Patience = {},
): Promise<void> {
  const startedAt = performance.now()
  for (let look = 1; ; look++) {
    const code = await codeOfFailure(url)
    const waitedMs = performance.now() - startedAt
    const isPassing = (isStarting(code) && waitedMs < startingMs) || (isAbsent(code) && waitedMs < absentMs)
    if (!isPassing) return
    if (look === 1) log?.warn('database_awaited', { code, atMostSeconds: startingMs / 1000 })
    await wait(pauseMs)
  }
}

/** undefined where it takes connections, and where the fault has no code. */
async function codeOfFailure(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => {})
  try {
    await client.connect()
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  } finally {
    await client.end().catch(() => {})
  }
}
