import { join, resolve } from 'node:path'
import { refuseServerDatabases } from './backup/refuse-server-databases'
import { runInterruptibly } from './backup/run-interruptibly'
import { writeBackup } from './backup/write-backup'
import { readCommandLine, runCommand } from './demo-shop/run-command'
import { exitCodes, OperatorError } from './operator-error'
import { createProgress, type Progress } from './product-files/progress'
import { dataDirOf, type GivenSettings } from './supervisor/read-settings'

const usage = `npm run backup -- [backup.tar.gz]
Writes all that this folder's shop is, running or not, into one file: under backups/ where none is named.`

const rootDir = join(__dirname, '../..')

/** Writes all that the shop of this folder is, running or not, into one file. */
async function main(args: string[], given: GivenSettings): Promise<void> {
  const { files } = readCommandLine(args, {})
  refuseServerDatabases(given, 'backup')
  const path = resolve(oneFile(files) ?? join(rootDir, 'backups', `duka-${stamp()}.tar.gz`))
  let progress: Progress | undefined
  const work = (signal: AbortSignal) =>
    writeBackup({
      dataDir: dataDirOf(rootDir, given),
      given,
      path,
      signal,
      onBegin: (bytes) => {
        progress = createProgress('Copying', bytes)
      },
      onProgress: (bytes) => progress?.show(bytes),
    })
  const backup = await runInterruptibly(work, 'there is no backup').finally(() => progress?.end())
  console.log(`${backup.path}  ${(backup.bytes / 1e6).toFixed(1)} MB, the shop as it was at ${backup.moment}`)
  console.log('It holds secrets and customers: keep it where only you can read it. Your .env is not in it.')
}

function oneFile(files: string[]): string | undefined {
  if (files.length <= 1) return files[0]
  throw new OperatorError('Name one file: npm run backup -- backup.tar.gz', exitCodes.wrongSetting)
}

function stamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(':', '-')
}

if (require.main === module) runCommand(main, usage)
