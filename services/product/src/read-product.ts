import type { productContract as contract } from '@duka/contracts'
import { type Call, queryRow } from '@duka/kit'
import { answerRead, isEditor } from './answer-reads'
import type { Deps } from './deps'
import type { MadeAnswer } from './keep-answers'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'
import { tagProduct } from './version-tag'

export function readProduct(deps: Deps, call: Call<typeof contract.readProduct>) {
  const { id } = call.params
  return answerRead(deps, call, `product ${id}`, () => findProduct(deps, id, isEditor(call.user)))
}

/** A withdrawn product is there for who edits the catalogue, and for nobody else. Carts and orders keep what they know of it. */
async function findProduct({ reads, store }: Deps, id: string, withWithdrawn: boolean): Promise<MadeAnswer> {
  const sql = `SELECT ${productColumns} FROM products WHERE id = $1 AND (is_active OR $2)`
  const row = await queryRow<ProductRow>(reads, sql, [id, withWithdrawn])
  if (!row) throw noSuchProduct()
  return { ...tagProduct(row, toProduct(row, store)), isKept: row.is_active, tags: [row.id] }
}

/** Throws a 404 Problem where there is no such product. */
export async function requireProduct({ database }: Deps, id: string): Promise<void> {
  if (!(await queryRow(database, 'SELECT 1 FROM products WHERE id = $1', [id]))) throw noSuchProduct()
}
