import { productContract as contract } from '@duka/contracts'
import type { Call } from '@duka/kit'
import { type CsvRecord, readCsv } from '@duka/kit/csv'
import { whyNoPrice } from './check-price'
import type { Deps } from './deps'
import { type ImportContext, importBatch, nothing } from './import-batch'
import { badHeader, type Column, type ProductLine, readHeader, readLine } from './product-file'
import { receiveFile } from './receive-file'
import { showLife } from './show-life'
import { startTelling } from './tell-import'

type Import = Pick<Call<typeof contract.importProducts>, 'upload' | 'query' | 'user' | 'response'>

const batchLines = 500

/** Creates and updates products line by line; each line is taken whole or rejected with its reason. */
export function importProducts(deps: Deps, { upload, query, user, response }: Import) {
  return receiveFile(upload, async (bytes) => {
    const told = startTelling()
    const records = readCsv(bytes)
    const columns = await readColumns(records)
    const stopShowing = showLife(response)
    try {
      const context: ImportContext = { deps, actor: user.id, columns, ...query }
      for await (const { lines, rejected } of readBatches(records, columns, deps.store.currency)) {
        if (response.destroyed) break
        told.add({ ...nothing, rejected })
        told.add(await importBatch(context, lines))
      }
    } finally {
      stopShowing()
    }
    const { dryRun } = query
    return { message: dryRun ? 'This is what would be imported.' : 'Products imported.', dryRun, ...told.total() }
  })
}

async function readColumns(records: AsyncGenerator<CsvRecord>): Promise<Column[]> {
  const { value: first } = await records.next()
  if (!first) throw badHeader('The file is empty.')
  if ('reason' in first) throw badHeader(first.reason)
  return readHeader(first.cells)
}

interface Batch {
  lines: ProductLine[]
  rejected: { line: number; reason: string }[]
}

/** The lines of a batch have different skus, as those of the whole file must. */
async function* readBatches(
  records: AsyncGenerator<CsvRecord>,
  columns: Column[],
  currency: string,
): AsyncGenerator<Batch> {
  const lineOfSku = new Map<string, number>()
  let batch: Batch = { lines: [], rejected: [] }
  for await (const record of records) {
    const read = 'reason' in record ? record.reason : readPricedLine(columns, record, currency)
    const earlier = typeof read === 'string' ? undefined : lineOfSku.get(contract.skuKey(read.sku))
    if (typeof read === 'string') batch.rejected.push({ line: record.line, reason: read })
    else if (earlier) batch.rejected.push({ line: record.line, reason: `Its sku stands in line ${earlier} already.` })
    else {
      lineOfSku.set(contract.skuKey(read.sku), read.line)
      batch.lines.push(read)
    }
    if (batch.lines.length + batch.rejected.length < batchLines) continue
    yield batch
    batch = { lines: [], rejected: [] }
  }
  yield batch
}

type Cells = Extract<CsvRecord, { cells: string[] }>

function readPricedLine(columns: Column[], { cells, line }: Cells, currency: string): ProductLine | string {
  const read = readLine(columns, cells, line)
  const wrong = typeof read === 'string' ? undefined : whyNoPrice(read.price, currency)
  return wrong ? `price: ${wrong}` : read
}
