import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes, OperatorError } from '../operator-error'
import { possibleDataDirs } from '../postgres/choose-place'
import { postgresDir } from '../supervisor/embedded-databases'
import { dataDirOf, type GivenSettings } from '../supervisor/read-settings'
import { readRunningShop } from '../supervisor/running-shop'
import { databasePasswordName, keepSecrets } from '../supervisor/secrets'

/** Line 4 of PostgreSQL's own pid file is its port. */
const portLine = 3

/**
 * Where the catalogue of this machine's running shop is. Throws an OperatorError where none runs, and where the catalogue
 * is in a database of the merchant's own, unless that is allowed.
 */
export function findCatalogueDatabase(rootDir: string, settings: GivenSettings, allowExternal: boolean): string {
  const own = settings.PRODUCT_DATABASE_URL
  if (own && allowExternal) return own
  if (own) {
    throw new OperatorError(
      'PRODUCT_DATABASE_URL is not an embedded database: add --force-external if made-up products are really meant for it.',
      exitCodes.wrongSetting,
    )
  }
  const dataDir = dataDirOf(rootDir, settings)
  const running = readRunningShop(dataDir)
  const pidFile = possibleDataDirs(postgresDir(dataDir))
    .map((dir) => join(dir, 'postmaster.pid'))
    .find(existsSync)
  if (!running || !pidFile) throw new OperatorError('No shop runs on this data folder: start it with npm start.')
  const port = readFileSync(pidFile, 'utf8').split('\n')[portLine]
  const password = keepSecrets(dataDir)[databasePasswordName('product')] ?? ''
  return `postgres://product:${encodeURIComponent(password)}@127.0.0.1:${port}/product_db`
}
