import { join } from 'node:path'
import { audited, type DatabaseUrls, openBooks } from './audit/books'
import { reportViolations } from './audit/report-violations'
import { auditUntilQuiet, countViolations, type Result } from './audit/run-audit'
import { writeCovers, writeResults } from './audit/write-report'
import { readOptions, runCommand } from './demo-shop/run-command'
import { exitCodes, OperatorError } from './operator-error'
import { findDatabase } from './supervisor/find-databases'
import { dataDirOf, foreignProviders, type GivenSettings } from './supervisor/read-settings'
import { readRunningShop } from './supervisor/running-shop'

const rootDir = join(__dirname, '../..')
const mostWaitSeconds = 3600

/** Checks the books of this machine's shop, or of the databases that are set, and fails where they are wrong. */
async function main(args: string[], settings: GivenSettings): Promise<void> {
  const given = readOptions(args, { wait: { type: 'string' }, daraja: { type: 'string' }, stripe: { type: 'string' } })
  const waitSeconds = readSeconds(given.wait ?? '0')
  const dataDir = dataDirOf(rootDir, settings)
  const urls = Object.fromEntries(audited.map((name) => [name, findDatabase(name, settings, dataDir)])) as DatabaseUrls
  // A simulator of the shop that runs here knows nothing of databases that are elsewhere.
  const running = foreignProviders(settings).length === 0 ? readRunningShop(dataDir)?.urls : undefined
  const ledgers = { daraja: given.daraja ?? running?.daraja, stripe: given.stripe ?? running?.stripe }
  const books = await openBooks(urls, ledgers)
  try {
    const results = await auditUntilQuiet(books, waitSeconds)
    print(results, await reportViolations(books, results))
  } finally {
    await books.close()
  }
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

if (require.main === module) runCommand(main)
