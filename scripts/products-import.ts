import { readCommandLine, runCommand } from './demo-shop/run-command'
import { importFile, sizeOf } from './product-files/import-file'
import { oneFile, openShop } from './product-files/open-shop'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run products:import -- products.csv [--dry-run] [--leave-stock] [--url …]
Creates and updates products from a CSV, by sku; --dry-run only says what it would do, --leave-stock changes no stock.
Without --url in this folder's shop.`

async function main(args: string[], settings: GivenSettings): Promise<void> {
  const { values, files } = readCommandLine(args, {
    url: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'leave-stock': { type: 'boolean' },
  })
  const path = oneFile(files, usage)
  await sizeOf(path)
  const dryRun = values['dry-run'] ?? false
  const leaveStock = values['leave-stock'] ?? false
  const log = (line: string) => console.log(line)
  const { shop, token } = await openShop(values.url, settings, log)
  const totals = await importFile({ shop, token, path, dryRun, leaveStock, log })
  const { created, updated, unchanged, totalRejected, totalStockChanges, totalStockLeft } = totals
  log(
    `${dryRun ? 'It would be: ' : ''}${created} created, ${updated} updated, ${unchanged} unchanged, ${totalRejected} rejected`,
  )
  if (totalStockChanges > 0) log(`Changes of stock: ${totalStockChanges}`)
  if (totalStockLeft > 0) log(`Stock left as it is, though the file has another figure: ${totalStockLeft}`)
  if (totalRejected > 0) process.exitCode = 1
}

if (require.main === module) runCommand(main, usage)
