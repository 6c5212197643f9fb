import { productContract as contract } from '@duka/contracts'
import type { ImportContext } from './import-batch'
import type { ProductLine } from './product-file'

export interface StockChange {
  line: number
  sku: string
  before: number
  after: number
}

/**
 * Takes the stock out of those lines that shall not change it: it is still the figure that was exported, and what was
 * sold since must not come back. `stocks` has what can be bought, by the key of the sku. Tells what the others change.
 */
export function settleStock({ leaveStock }: ImportContext, lines: ProductLine[], stocks: ReadonlyMap<string, number>) {
  const changes: StockChange[] = []
  let left = 0
  const settled = lines.map((each) => {
    const { line, sku, stock, stockExported } = each
    const before = stocks.get(contract.skuKey(sku))
    if (stock === undefined || before === undefined || stock === before) return each
    if (leaveStock || stock === stockExported) {
      left++
      return { ...each, stock: undefined }
    }
    changes.push({ line, sku, before, after: stock })
    return each
  })
  return { lines: settled, changes, left }
}
