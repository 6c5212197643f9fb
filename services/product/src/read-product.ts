import type { productContract as contract } from '@duka/contracts'
import { type Call, queryRow } from '@duka/kit'
import { answerRead } from './answer-reads'
import type { Deps } from './deps'
import type { MadeAnswer } from './keep-answers'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'
import { tagProduct } from './version-tag'

export function readProduct(deps: Deps, call: Call<typeof contract.readProduct>) {
  const { id } = call.params
  return answerRead(deps, call, `product ${id}`, () => findProduct(deps, id))
}

/** A withdrawn product can still be read, as `isActive: false`: past orders point at it. It is not kept. */
async function findProduct({ reads, store }: Deps, id: string): Promise<MadeAnswer> {
  const row = await queryRow<ProductRow>(reads, `SELECT ${productColumns} FROM products WHERE id = $1`, [id])
  if (!row) throw noSuchProduct()
  return { ...tagProduct(row, toProduct(row, store)), isKept: row.is_active, tags: [row.id] }
}

/** Throws a 404 Problem where there is no such product. */
export async function requireProduct({ database }: Deps, id: string): Promise<void> {
  if (!(await queryRow(database, 'SELECT 1 FROM products WHERE id = $1', [id]))) throw noSuchProduct()
}
