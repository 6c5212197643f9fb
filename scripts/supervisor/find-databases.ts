import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
import { connectionString } from '../postgres'
import { possibleDataDirs } from '../postgres/choose-place'
import { postgresDir } from './embedded-databases'
import { services } from './processes'
import type { GivenSettings } from './read-settings'
import { readRunningShop } from './running-shop'
import { databasePasswordName, keepSecrets } from './secrets'

/** Line 4 of PostgreSQL's own pid file is its port. */
const portLine = 3

/**
 * Where a service's database is: the one that is given, else the embedded one of the shop that runs on this data folder.
 * Throws an OperatorError where none runs.
 */
export function findDatabase(service: string, given: GivenSettings, dataDir: string): string {
  const database = services.find(({ name }) => name === service)?.database
  if (!database) throw new Error(`${service} has no database`)
  return given[database.setting] ?? embeddedUrl(service, database.name, dataDir)
}

/** The embedded server of the shop that runs on a data folder; undefined where none does. */
export function findRunningPostgres(dataDir: string): { port: number; dataDir: string } | undefined {
  const dir = possibleDataDirs(postgresDir(dataDir)).find((each) => existsSync(join(each, 'postmaster.pid')))
  if (!readRunningShop(dataDir) || !dir) return undefined
  return { port: Number(readFileSync(join(dir, 'postmaster.pid'), 'utf8').split('\n')[portLine]), dataDir: dir }
}

function embeddedUrl(service: string, database: string, dataDir: string): string {
  const running = findRunningPostgres(dataDir)
  if (!running) throw new OperatorError('No shop runs on this data folder: start it with npm start.')
  const password = keepSecrets(dataDir)[databasePasswordName(service)] ?? ''
  return connectionString({ port: running.port, role: service, password, database })
}
