import { basename } from 'node:path'
import { journalFile } from '../supervisor/complete-settings'
import { simulators } from '../supervisor/processes'
import type { GivenSettings } from '../supervisor/read-settings'
import { secretsFile } from '../supervisor/secrets'

/** The folder of the archive that a shop's own files are in. */
export const shopFolder = 'shop'
export const secretsEntry = `${shopFolder}/secrets.json`

/** What a shop keeps beside its databases, by the names in the archive: its secrets, and what simulated providers know. */
export function shopFiles(dataDir: string, given: GivenSettings): Record<string, string> {
  const journals = simulators
    .filter(({ isWanted }) => isWanted(given))
    .map(({ name }) => [
      `${shopFolder}/${basename(journalFile('', name))}`,
      given[`${name.toUpperCase()}_SIMULATOR_JOURNAL`] ?? journalFile(dataDir, name),
    ])
  return { [secretsEntry]: secretsFile(dataDir), ...Object.fromEntries(journals) }
}
