import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Comparison, countFailures, writeComparison } from './bench/against-report'
import { makeBenchShop } from './bench/bench-shop'
import { measureAgainst } from './bench/measure-against'
import { measureCatalogue } from './bench/measure-catalogue'
import { measureShop } from './bench/measure-shop'
import { readBenchOptions } from './bench/options'
import { countErrors, type Figures, writeReport } from './bench/report'
import { comparisonToJson, toJson } from './bench/to-json'
import { runCommand } from './demo-shop/run-command'
import { OperatorError } from './operator-error'
import { refuseForeign } from './own-shop'
import { removeWhenStopped } from './remove-when-stopped'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run bench -- [--seconds 3] [--rounds 2] [--cases …] [--connections 1,16,64] [--json file]
npm run bench -- --products 100000 | --against NAME=value
Measures a shop of its own; --products its catalogue at that size, --against the same shop with other settings.`

const rootDir = join(__dirname, '../..')

/** Measures a shop of its own and prints what it found; an OperatorError where an answer or the books were wrong. */
async function runBench(args: string[], given: GivenSettings): Promise<void> {
  const options = readBenchOptions(args)
  refuseForeign(given, 'The benchmark')
  const isCompared = Object.keys(options.against).length > 0
  const bench = await makeBenchShop()
  const other = isCompared ? await makeBenchShop(options.against) : undefined
  const remove = async () => void (await Promise.all([bench.remove(), other?.remove()]))
  const watch = removeWhenStopped({ remove })
  const told = { ...options, rootDir, say: (line: string) => console.log(`${line} …`) }
  try {
    if (other) compare(await measureAgainst([bench, other], told), options.json)
    else tell(await (options.products.length > 0 ? measureCatalogue : measureShop)(bench, told), options.json)
  } catch (error) {
    // What a stop interrupts fails as it should.
    if (!watch.isStopped()) throw error
  } finally {
    watch.end()
    await remove()
  }
}

function tell(figures: Figures, file: string | undefined): void {
  print(writeReport(figures), toJson(figures), file)
  const [errors, findings] = [countErrors(figures), figures.findings.length]
  if (errors + findings > 0) throw new OperatorError(`${errors} errors, ${findings} findings in the books: see above.`)
}

function compare(comparison: Comparison, file: string | undefined): void {
  print(writeComparison(comparison), comparisonToJson(comparison), file)
  const errors = countFailures(comparison.compared)
  if (errors > 0) throw new OperatorError(`${errors} errors: see above.`)
}

function print(report: string, figures: object, file: string | undefined): void {
  console.log(`\n${report}\n`)
  if (file) writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
}

/** Runs the command line of this process. */
export function runBenchCommand(): void {
  runCommand(runBench, usage)
}

if (require.main === module) runBenchCommand()
