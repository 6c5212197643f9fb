import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'
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

function embeddedUrl(service: string, database: string, dataDir: string): string {
  const pidFile = possibleDataDirs(postgresDir(dataDir))
    .map((dir) => join(dir, 'postmaster.pid'))
    .find(existsSync)
  if (!readRunningShop(dataDir) || !pidFile) {
    throw new OperatorError('No shop runs on this data folder: start it with npm start.')
  }
  const port = readFileSync(pidFile, 'utf8').split('\n')[portLine]
  const password = keepSecrets(dataDir)[databasePasswordName(service)] ?? ''
  return `postgres://${service}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
}
