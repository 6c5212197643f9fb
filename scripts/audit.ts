import { join } from 'node:path'
import { audited, type Books, type DatabaseUrls, openBooks } from './audit/books'
import { reportViolations } from './audit/report-violations'
import { auditUntilQuiet, countViolations, type Result } from './audit/run-audit'
import { readInterval, readPort, runAuditor } from './audit/run-auditor'
import { writeCovers, writeResults } from './audit/write-report'
import { readOptions, runCommand } from './demo-shop/run-command'
import { exitCodes, OperatorError } from './operator-error'
import { findDatabase } from './supervisor/find-databases'
import { dataDirOf, foreignProviders, type GivenSettings } from './supervisor/read-settings'
import { readRunningShop } from './supervisor/running-shop'

const usage = `npm run audit -- [--wait 60] [--daraja …] [--stripe …] [--every 15m [--metrics-port 9464]]
Checks that stock, orders, payments and the simulated providers' ledgers agree, and fails where they do not.
--wait repeats until all is done, --daraja and --stripe name simulators elsewhere, --every goes on for good.`

const rootDir = join(__dirname, '../..')
const mostWaitSeconds = 3600

/** Checks the books of this machine's shop, or of the databases that are set, and fails where they are wrong. */
async function main(args: string[], settings: GivenSettings): Promise<void> {
  const given = readOptions(args, {
    wait: { type: 'string' },
    daraja: { type: 'string' },
    stripe: { type: 'string' },
    every: { type: 'string' },
    'metrics-port': { type: 'string' },
  })
  const waitSeconds = readSeconds(given.wait ?? '0')
  const open = () => openBooks(findUrls(settings), findLedgers(settings, given))
  if (given.every !== undefined) {
    const port = given['metrics-port']
    return runAuditor({
      openBooks: async () => open(),
      everyMs: readInterval(given.every),
      metrics: port === undefined ? undefined : { host: settings.HOST ?? '127.0.0.1', port: readPort(port) },
      level: settings.LOG_LEVEL ?? 'info',
    })
  }
  if (given['metrics-port']) throw new OperatorError('--metrics-port goes with --every 15m.', exitCodes.wrongSetting)
  const books = await open()
  try {
    const results = await auditUntilQuiet(books, waitSeconds)
    print(results, await reportViolations(books, results))
  } finally {
    await books.close()
  }
}

function findUrls(settings: GivenSettings): DatabaseUrls {
  const dataDir = dataDirOf(rootDir, settings)
  return Object.fromEntries(audited.map((name) => [name, findDatabase(name, settings, dataDir)])) as DatabaseUrls
}

function findLedgers(
  settings: GivenSettings,
  given: { daraja?: string; stripe?: string },
): Pick<Books, 'daraja' | 'stripe'> {
  // A simulator of the shop that runs here knows nothing of databases that are elsewhere.
  const running =
    foreignProviders(settings).length === 0 ? readRunningShop(dataDirOf(rootDir, settings))?.urls : undefined
  return { daraja: given.daraja ?? running?.daraja, stripe: given.stripe ?? running?.stripe }
}

function print(results: Result[], violations: string[]): void {
  console.log(writeResults(results))
  const covers = writeCovers(results)
  if (covers) console.log(`\nOn their way, or before a person:\n${covers}`)
  if (violations.length > 0) console.log(`\n${violations.join('\n')}`)
  const count = countViolations(results)
  if (count > 0) throw new OperatorError(`\n${count} violations: see above.`)
  console.log('\nEverything adds up.')
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= mostWaitSeconds) return seconds
  throw new OperatorError(`--wait takes 0 to ${mostWaitSeconds} seconds, not "${text}".`, exitCodes.wrongSetting)
}

if (require.main === module) runCommand(main, usage)
