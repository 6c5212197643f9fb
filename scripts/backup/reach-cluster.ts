import { existsSync } from 'node:fs'
import { Client } from 'pg'
import { OperatorError } from '../operator-error'
import { connectionString, startPostgres } from '../postgres'
import { possibleDataDirs } from '../postgres/choose-place'
import { adminUser } from '../postgres/create-cluster'
import { embeddedMaxConnections, postgresDir } from '../supervisor/embedded-databases'
import { endRemains } from '../supervisor/end-remains'
import { findRunningPostgres } from '../supervisor/find-databases'
import { lockDataDir } from '../supervisor/running-shop'
import { keepSecrets, secretsFile } from '../supervisor/secrets'
import type { RunningCluster } from './copy-cluster'

export type ReachedCluster = RunningCluster & { close(): Promise<void> }

const connectTimeoutMs = 10_000
const stopMs = 60_000

/** The databases of a data folder: those of the shop that runs on it, else started for as long as this is open. */
export async function reachCluster(dataDir: string, signal: AbortSignal): Promise<ReachedCluster> {
  const running = findRunningPostgres(dataDir)
  if (running) return connect(running, dataDir, async () => {})
  refuseMissing(dataDir)
  const lock = lockDataDir(dataDir)
  try {
    await endRemains(lock.remains, (_name, line) => console.error(line), signal)
    const postgres = await startPostgres({
      dataDir: postgresDir(dataDir),
      password: keepSecrets(dataDir).postgresPassword ?? '',
      durable: true,
      maxConnections: embeddedMaxConnections,
      signal,
    })
    return await connect(postgres, dataDir, async () => {
      await postgres.stop(stopMs)
      lock.release()
    })
  } catch (error) {
    lock.release()
    throw error
  }
}

async function connect(
  { port, dataDir }: { port: number; dataDir: string },
  shopDir: string,
  release: () => Promise<void>,
): Promise<ReachedCluster> {
  const password = keepSecrets(shopDir).postgresPassword ?? ''
  const client = new Client({
    connectionString: connectionString({ port, role: adminUser, password, database: 'postgres' }),
    application_name: 'backup',
    connectionTimeoutMillis: connectTimeoutMs,
  })
  // A connection that is lost fails the next query, which says so.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (error) {
    await release()
    throw new OperatorError(`The databases of ${shopDir} do not answer: ${(error as Error).message}.`)
  }
  const close = async () => {
    await client.end().catch(() => {})
    await release()
  }
  return { client, dataDir, close }
}

function refuseMissing(dataDir: string): void {
  const isThere =
    possibleDataDirs(postgresDir(dataDir)).some((dir) => existsSync(dir)) && existsSync(secretsFile(dataDir))
  if (!isThere) throw new OperatorError(`There is no shop in ${dataDir}: set DUKA_DATA_DIR to the folder of one.`)
}
