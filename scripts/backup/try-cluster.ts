import { Client } from 'pg'
import { findFreePort } from '../free-port'
import { OperatorError } from '../operator-error'
import { connectionString } from '../postgres'
import type { Place } from '../postgres/choose-place'
import { adminUser } from '../postgres/create-cluster'
import { runServer } from '../postgres/run-server'
import { embeddedMaxConnections } from '../supervisor/embedded-databases'

/** All that was written during the backup is replayed first, which may be more than after a crash. */
const readyMs = 900_000
const stopMs = 300_000

/** Starts PostgreSQL on restored data, which mends them by the log, and stops it when all databases have answered. */
export async function tryCluster(
  place: Place,
  password: string,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const port = await findFreePort()
  const limits = { maxConnections: embeddedMaxConnections, readyMs, signal }
  const server = await runServer(place, { port, durable: true, ...limits })
  try {
    for (const database of databases) {
      await ask(connectionString({ port, role: adminUser, password, database }), database)
    }
  } finally {
    await server.stop(stopMs)
  }
}

async function ask(url: string, database: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT count(*) FROM pg_class')
  } catch (error) {
    throw new OperatorError(`${database} in this backup does not answer (${(error as Error).message}).`)
  } finally {
    await client.end().catch(() => {})
  }
}
