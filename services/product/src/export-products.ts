import { once } from 'node:events'
import { productContract as contract } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Response } from 'express'
import type { Deps } from './deps'
import { type ProductRow, productColumns } from './product'
import { type Column, writeRecord } from './product-file'

const pageSize = 1_000
/** Without it, Excel takes UTF-8 for Latin 1. */
const byteOrderMark = '\ufeff'
const beforeAll = '00000000-0000-0000-0000-000000000000'

const cellOf: Record<Column, (row: ProductRow) => string> = {
  sku: (row) => row.sku,
  name: (row) => row.name,
  description: (row) => row.description,
  price: (row) => row.price,
  stock: (row) => String(row.stock),
  category: (row) => row.category ?? '',
  imageUrl: (row) => row.image_url ?? '',
  images: (row) => row.images.join(' '),
  isActive: (row) => String(row.is_active),
  stockExported: (row) => String(row.stock),
}

/** Streams the whole catalogue page by page, no faster than the client reads it. */
export async function exportProducts({ reads }: Deps, response: Response): Promise<undefined> {
  response.status(200).type('text/csv')
  response.setHeader('Content-Disposition', 'attachment; filename="products.csv"')
  response.write(`${byteOrderMark}${writeRecord([...contract.fileColumns])}`)
  const sql = `SELECT ${productColumns} FROM products WHERE id > $1 ORDER BY id LIMIT ${pageSize}`
  for (let after = beforeAll; !response.destroyed; ) {
    const rows = await queryRows<ProductRow>(reads, sql, [after])
    const text = rows.map((row) => writeRecord(contract.fileColumns.map((column) => cellOf[column](row)))).join('')
    if (!response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) break
    after = last.id
  }
  response.end()
}
