import { queryRow } from '@duka/kit'
import type { Response } from 'express'
import type { Deps } from './deps'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'
import { tagAnswer } from './version-tag'

/** A withdrawn product can still be read, as `isActive: false`: past orders point at it. */
export async function readProduct({ database, store }: Deps, id: string, response: Response) {
  const row = await queryRow<ProductRow>(database, `SELECT ${productColumns} FROM products WHERE id = $1`, [id])
  if (!row) throw noSuchProduct()
  tagAnswer(response, row)
  return { product: toProduct(row, store) }
}

/** Throws a 404 Problem where there is no such product. */
export async function requireProduct({ database }: Deps, id: string): Promise<void> {
  if (!(await queryRow(database, 'SELECT 1 FROM products WHERE id = $1', [id]))) throw noSuchProduct()
}
