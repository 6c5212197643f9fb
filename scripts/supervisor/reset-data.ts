import { rmSync } from 'node:fs'
import { exitCodes, OperatorError } from '../operator-error'
import { removePostgres } from '../postgres'
import { prepareDataDir } from './check-machine'
import { journalFile } from './complete-settings'
import { postgresDir } from './embedded-databases'
import { endRemains } from './end-remains'
import type { Output } from './output'
import { simulators } from './processes'
import { foreignDatabases, foreignProviders, type GivenSettings } from './read-settings'
import { lockDataDir } from './running-shop'
import { secretsFile } from './secrets'

/** Throws away what a shop keeps in its data folder. Refuses where any of it is not embedded or simulated. */
export async function resetData(dataDir: string, given: GivenSettings, output: Output): Promise<void> {
  const foreign = [...foreignDatabases(given), ...foreignProviders(given)]
  if (foreign.length > 0) {
    throw new OperatorError(
      `--reset only throws away a shop whose databases are embedded and whose payments are simulated: unset ${foreign.join(', ')} first.`,
      exitCodes.wrongSetting,
    )
  }
  prepareDataDir(dataDir)
  const lock = lockDataDir(dataDir)
  try {
    await endRemains(lock.remains, output)
    await removePostgres(postgresDir(dataDir))
    const journals = simulators.map(({ name }) => journalFile(dataDir, name))
    for (const file of [secretsFile(dataDir), ...journals]) rmSync(file, { force: true })
  } finally {
    lock.release()
  }
}
