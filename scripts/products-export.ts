import { readCommandLine, runCommand } from './demo-shop/run-command'
import { exportFile } from './product-files/export-file'
import { oneFile, openShop } from './product-files/open-shop'
import type { GivenSettings } from './supervisor/read-settings'

const usage = `npm run products:export -- products.csv [--url …]
Writes all products into a CSV. Without --url those of this folder's shop.`

async function main(args: string[], settings: GivenSettings): Promise<void> {
  const { values, files } = readCommandLine(args, { url: { type: 'string' } })
  const path = oneFile(files, usage)
  const { shop, token } = await openShop(values.url, settings, (line) => console.log(line))
  const { body } = await shop.send<{ totalProducts: number }>('GET', '/api/products?limit=1')
  await exportFile({ url: shop.url, token, path, expected: body?.totalProducts ?? 0 })
  console.log(`All products are in ${path}`)
}

if (require.main === module) runCommand(main, usage)
