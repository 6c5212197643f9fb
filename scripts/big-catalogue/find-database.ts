import { exitCodes, OperatorError } from '../operator-error'
import { findDatabase } from '../supervisor/find-databases'
import { dataDirOf, type GivenSettings } from '../supervisor/read-settings'

/**
 * Where the catalogue of this machine's running shop is. Throws an OperatorError where none runs, and where the catalogue
 * is in a database of the merchant's own, unless that is allowed.
 */
export function findCatalogueDatabase(rootDir: string, settings: GivenSettings, allowExternal: boolean): string {
  if (settings.PRODUCT_DATABASE_URL && !allowExternal) {
    throw new OperatorError(
      'PRODUCT_DATABASE_URL is not an embedded database: add --force-external if made-up products are really meant for it.',
      exitCodes.wrongSetting,
    )
  }
  return findDatabase('product', settings, dataDirOf(rootDir, settings))
}
