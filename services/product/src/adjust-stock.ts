import { productContract as contract, type InputOf } from '@duka/contracts'
import { Problem, queryRow, type User } from '@duka/kit'
import { lockProduct } from './change-product'
import type { Deps } from './deps'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'
import { recordMovement } from './record-movement'

type Body = InputOf<typeof contract.adjustStock>['body']

/** Adds or takes pieces, or sets what was counted. What orders hold is not in `stock`, so it can never be taken from them. */
export async function adjustStock({ database, store }: Deps, user: User, id: string, body: Body) {
  const row = await database.transaction(async (transaction) => {
    const { stock } = await lockProduct({ database }, id, transaction)
    const delta = body.delta ?? (body.count ?? stock) - stock
    checkRange(stock, delta)
    if (delta !== 0) {
      const { kind, reason } = body
      await recordMovement({ database }, id, { kind, delta, reason, actor: user.id }, transaction)
    }
    const sql = `UPDATE products SET stock = stock + $2, updated_at = now() WHERE id = $1 RETURNING ${productColumns}`
    return queryRow<ProductRow>(database, sql, [id, delta], transaction)
  })
  if (!row) throw noSuchProduct()
  return { product: toProduct(row, store) }
}

function checkRange(stock: number, delta: number): void {
  if (stock + delta < 0) {
    const detail = `Only ${stock} can be taken away; the rest is held by orders or not there.`
    throw new Problem(409, 'insufficient_stock', detail, { extra: { available: stock } })
  }
  if (stock + delta > contract.maxStock) {
    throw new Problem(422, 'stock_too_large', `Stock can be ${contract.maxStock} at most.`)
  }
}
