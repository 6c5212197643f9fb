import { exitCodes, OperatorError } from '../operator-error'
import { foreignDatabases, type GivenSettings } from '../supervisor/read-settings'

/** A database server of the user's own has its own ways, and its moment would be another one. */
export function refuseServerDatabases(given: GivenSettings, command: string): void {
  const foreign = foreignDatabases(given)
  if (foreign.length === 0) return
  throw new OperatorError(
    `npm run ${command} is for the databases that npm start keeps in its folder, and ${foreign.join(', ')} ${foreign.length === 1 ? 'is' : 'are'} set: use pg_dump or your provider's backups for a server of your own.`,
    exitCodes.wrongSetting,
  )
}
