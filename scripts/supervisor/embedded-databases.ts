import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '../operator-error'
import { createDatabasesWithRoles, type Postgres, startPostgres } from '../postgres'
import type { Output } from './output'
import { services } from './processes'
import type { GivenSettings } from './read-settings'
import { databasePasswordName, type Secrets, secretsFile } from './secrets'

export type DatabaseOptions = {
  given: GivenSettings
  secrets: Secrets
  dataDir: string
  durable: boolean
  output: Output
  signal: AbortSignal
}
export type EmbeddedDatabases = {
  /** Connection strings by the settings' names, only of the databases that the user gave none for. */
  urls: Record<string, string>
  pid(): number | undefined
  stop(fastMs: number): Promise<void>
}

/** Connections that the embedded server takes. */
export const embeddedMaxConnections = 200
const firstBackoffMs = 250
const maxBackoffMs = 10_000
const badPassword = '28P01'

export function postgresDir(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Starts PostgreSQL with a database and role for each service that was given none; keeps it running. */
export async function startEmbeddedDatabases(options: DatabaseOptions): Promise<EmbeddedDatabases> {
  const wanted = wantedDatabases(options)
  if (wanted.length === 0) return { urls: {}, pid: () => undefined, stop: async () => {} }
  let stopping = false
  let postgres = await start(options, undefined)
  try {
    await createDatabasesWithRoles(postgres.adminUrl('postgres'), wanted)
  } catch (error) {
    await postgres.stop()
    throw (error as { code?: string }).code === badPassword ? foreignSecrets(options.dataDir) : error
  }
  const keepRunning = async () => {
    for (let deaths = 1; ; deaths++) {
      await postgres.exited
      if (stopping) return
      const waitMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** (deaths - 1))
      options.output('duka', `PostgreSQL died; starting it again in ${waitMs / 1000} s`)
      await delay(waitMs, undefined, { signal: options.signal }).catch(() => {})
      if (stopping) return
      postgres = await start(options, postgres.port).catch((error: Error) => {
        options.output('duka', error.message)
        return postgres
      })
    }
  }
  const keeping = keepRunning()
  return {
    urls: Object.fromEntries(wanted.map((each) => [each.setting, postgres.urlOf(each)])),
    pid: () => postgres.pid,
    stop: async (fastMs) => {
      stopping = true
      await postgres.stop(fastMs)
      await keeping
    },
  }
}

function wantedDatabases({ given, secrets }: DatabaseOptions) {
  return services.flatMap(({ name, database }) => {
    if (!database || given[database.setting]) return []
    const password = secrets[databasePasswordName(name)] ?? ''
    return [{ setting: database.setting, database: database.name, role: name, password }]
  })
}

function start(
  { given, secrets, dataDir, durable, output, signal }: DatabaseOptions,
  port: number | undefined,
): Promise<Postgres> {
  return startPostgres({
    dataDir: postgresDir(dataDir),
    password: secrets.postgresPassword ?? '',
    port: port ?? (given.POSTGRES_PORT ? Number(given.POSTGRES_PORT) : undefined),
    durable,
    maxConnections: embeddedMaxConnections,
    signal,
    // Errors of single statements are the services' to report; a stop ends connections, which is no news either.
    onLog: (line) => {
      if (/ (FATAL|PANIC): /.test(line) && !signal.aborted) output('postgres', line)
    },
  })
}

function foreignSecrets(dataDir: string): OperatorError {
  return new OperatorError(
    `${secretsFile(dataDir)} is not the one that these databases were made with: put that one back, or start over with npm start -- --reset.`,
  )
}
