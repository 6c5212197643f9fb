import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './demo-shop/run-command'
import { OperatorError } from './operator-error'
import { type LogLine, refuseForeign } from './own-shop'
import { readProveOptions } from './prove/options'
import { makeProveShop } from './prove/prove-shop'
import { runProof } from './prove/run-proof'
import { writeVerdict } from './prove/write-verdict'
import { removeWhenStopped } from './remove-when-stopped'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run prove -- [--minutes …] [--customers …] [--quiet-minutes …] [--seed …] [--log …]
Starts a shop of its own in which everything breaks while customers shop, and audits what is left.`

const rootDir = join(__dirname, '../..')

/** Proves on a shop of its own that orders, stock and money stay right whatever breaks, and fails where they do not. */
async function prove(args: string[], given: GivenSettings): Promise<void> {
  const options = readProveOptions(args)
  refuseForeign(given, 'The proof')
  const shop = await makeProveShop(rootDir)
  const watch = removeWhenStopped(shop)
  try {
    const verdict = await runProof(shop, options, (line) => console.log(`${line} …`))
    console.log(`\n${writeVerdict(verdict)}`)
    if (verdict.violations > 0) throw new OperatorError(`${verdict.violations} violations: see above.`)
  } catch (error) {
    // What a stop interrupts fails as it should.
    if (!watch.isStopped()) throw error
  } finally {
    watch.end()
    if (options.log) writeFileSync(options.log, writeLines(shop.lines))
    await shop.remove()
  }
}

function writeLines(lines: LogLine[]): string {
  return lines.map(({ process, text }) => `${process.padEnd(8)} | ${text}\n`).join('')
}

/** Runs the command line of this process. */
export function runProveCommand(): void {
  runCommand(prove, usage)
}

if (require.main === module) runProveCommand()
