import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeBenchShop } from './bench/bench-shop'
import { measureCatalogue } from './bench/measure-catalogue'
import { measureShop } from './bench/measure-shop'
import { readBenchOptions } from './bench/options'
import { countErrors, writeReport } from './bench/report'
import { toJson } from './bench/to-json'
import { runCommand } from './demo-shop/run-command'
import { OperatorError } from './operator-error'
import { refuseForeign } from './own-shop'
import { removeWhenStopped } from './remove-when-stopped'
import type { GivenSettings } from './supervisor/read-settings'

const rootDir = join(__dirname, '../..')

/** Measures a shop of its own and prints what it found; an OperatorError where an answer or the books were wrong. */
async function runBench(args: string[], given: GivenSettings): Promise<void> {
  const options = readBenchOptions(args)
  refuseForeign(given, 'The benchmark')
  const bench = await makeBenchShop()
  const watch = removeWhenStopped(bench)
  try {
    const measure = options.products.length > 0 ? measureCatalogue : measureShop
    const figures = await measure(bench, { ...options, rootDir, say: (line) => console.log(`${line} …`) })
    console.log(`\n${writeReport(figures)}\n`)
    if (options.json) writeFileSync(options.json, `${JSON.stringify(toJson(figures), null, 2)}\n`)
    const [errors, findings] = [countErrors(figures), figures.findings.length]
    if (errors + findings > 0)
      throw new OperatorError(`${errors} errors, ${findings} findings in the books: see above.`)
  } catch (error) {
    // What a stop interrupts fails as it should.
    if (!watch.isStopped()) throw error
  } finally {
    watch.end()
    await bench.remove()
  }
}

/** Runs the command line of this process. */
export function runBenchCommand(): void {
  runCommand(runBench)
}

if (require.main === module) runBenchCommand()
