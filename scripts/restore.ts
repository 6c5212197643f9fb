import { join, resolve } from 'node:path'
import { refuseServerDatabases } from './backup/refuse-server-databases'
import { restoreBackup } from './backup/restore-backup'
import { runInterruptibly } from './backup/run-interruptibly'
import { readCommandLine, runCommand } from './demo-shop/run-command'
import { exitCodes, OperatorError } from './operator-error'
import { createProgress, type Progress } from './product-files/progress'
import { dataDirOf, foreignProviders, type GivenSettings } from './supervisor/read-settings'

const usage = `npm run restore -- backup.tar.gz [--dry-run]
Puts a backup in the place of a stopped shop's data; what was there is kept beside. --dry-run only tries the backup.`

const rootDir = join(__dirname, '../..')

/** Puts a backup in the place of the data of this folder's shop, which must not run. */
async function main(args: string[], given: GivenSettings): Promise<void> {
  const { values, files } = readCommandLine(args, { 'dry-run': { type: 'boolean' } })
  refuseServerDatabases(given, 'restore')
  const [dryRun, dataDir] = [values['dry-run'] ?? false, dataDirOf(rootDir, given)]
  let progress: Progress | undefined
  const work = (signal: AbortSignal) =>
    restoreBackup({
      path: resolve(oneFile(files)),
      dataDir,
      given,
      dryRun,
      signal,
      onBegin: (bytes) => {
        progress = createProgress('Unpacking', bytes)
      },
      onProgress: (bytes) => progress?.show(bytes),
    })
  const { moment, keptAside } = await runInterruptibly(work, 'nothing was changed').finally(() => progress?.end())
  if (dryRun) return console.log(`The backup is whole, and its databases answer: the shop as it was at ${moment}.`)
  console.log(
    `${dataDir} holds the shop as it was at ${moment}: start it with npm start, and check it with npm run audit.`,
  )
  if (keptAside.length > 0)
    console.log(`What was there before is kept until you remove it:\n  ${keptAside.join('\n  ')}`)
  warnOfProviders(given, moment)
}

function oneFile(files: string[]): string {
  const [file] = files
  if (file && files.length === 1) return file
  throw new OperatorError('Name one file: npm run restore -- backup.tar.gz [--dry-run]', exitCodes.wrongSetting)
}

// What a provider did meanwhile is not undone by older books.
function warnOfProviders(given: GivenSettings, moment: string): void {
  if (foreignProviders(given).length === 0) return
  console.log(`Payments that real providers took after ${moment} are not in it: compare with their statements.`)
}

if (require.main === module) runCommand(main, usage)
