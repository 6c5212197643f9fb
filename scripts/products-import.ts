import { readCommandLine, runCommand } from './demo-shop/run-command'
import { importFile } from './product-files/import-file'
import { oneFile, openShop } from './product-files/open-shop'
import type { GivenSettings } from './supervisor/read-settings'

const usage = 'Name one file: npm run products:import -- products.csv [--dry-run] [--url …]'

async function main(args: string[], settings: GivenSettings): Promise<void> {
  const { values, files } = readCommandLine(args, { url: { type: 'string' }, 'dry-run': { type: 'boolean' } })
  const path = oneFile(files, usage)
  const dryRun = values['dry-run'] ?? false
  const log = (line: string) => console.log(line)
  const { shop, token } = await openShop(values.url, settings, log)
  const { created, updated, unchanged, totalRejected } = await importFile({ shop, token, path, dryRun, log })
  log(
    `${dryRun ? 'It would be: ' : ''}${created} created, ${updated} updated, ${unchanged} unchanged, ${totalRejected} rejected`,
  )
  if (totalRejected > 0) process.exitCode = 1
}

if (require.main === module) runCommand(main)
