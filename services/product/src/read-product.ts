import { queryRow } from '@duka/kit'
import type { Response } from 'express'
import type { Deps } from './deps'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'

/** A withdrawn product can still be read, as `isActive: false`: past orders point at it. */
export async function readProduct({ database, currency }: Deps, id: string, response: Response) {
  const row = await queryRow<ProductRow>(database, `SELECT ${productColumns} FROM products WHERE id = $1`, [id])
  if (!row) throw noSuchProduct()
  // A strong tag of what an admin edits; stock moves by itself and is left out.
  response.setHeader('ETag', `"${row.version}"`)
  return { product: toProduct(row, currency) }
}

/** Throws a 404 Problem where there is no such product. */
export async function requireProduct({ database }: Deps, id: string): Promise<void> {
  if (!(await queryRow(database, 'SELECT 1 FROM products WHERE id = $1', [id]))) throw noSuchProduct()
}
