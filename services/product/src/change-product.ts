import { type productContract as contract, type InputOf, toDecimal, toMinor } from '@duka/contracts'
import { type Call, queryRow } from '@duka/kit'
import { type Transaction, UniqueConstraintError } from 'sequelize'
import { requirePrice } from './check-price'
import { skuTaken } from './create-product'
import { decideStock } from './decide-stock'
import type { Deps } from './deps'
import { noSuchProduct, type ProductRow, productColumns, toProduct } from './product'
import { recordMovement } from './record-movement'
import { requireMatch, tagAnswer } from './version-tag'

type Body = InputOf<typeof contract.updateProduct>['body']
type Change = Pick<Call<typeof contract.updateProduct>, 'params' | 'body' | 'user' | 'request' | 'response'>

/** Changes what is given. A stock that counts is a movement to that figure of what can be bought now. */
export async function changeProduct({ database, store }: Deps, { params: { id }, body, user, ...call }: Change) {
  requirePrice(body.price, store.currency)
  try {
    const { row, left } = await database.transaction(async (transaction) => {
      const before = await lockProduct({ database }, id, transaction)
      const tagged = requireMatch(call.request, before)
      const { count, left } = decideStock(body, tagged, before.stock)
      if (count !== null) {
        const movement = { kind: 'adjustment', delta: count - before.stock, reason: 'stock count', actor: user.id }
        await recordMovement({ database }, id, movement, transaction)
      }
      return { row: await update({ database }, id, { ...body, stock: count ?? undefined }, transaction), left }
    })
    const product = toProduct(row, store)
    tagAnswer(call.response, row, product)
    const message = left ? `Product updated, and its stock left at ${left.stock}.` : 'Product updated.'
    return { message, product, ...(left && { stockLeft: left }) }
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw skuTaken(body.sku ?? '')
    throw error
  }
}

export async function lockProduct({ database }: Pick<Deps, 'database'>, id: string, transaction: Transaction) {
  const sql = `SELECT ${productColumns} FROM products WHERE id = $1 FOR UPDATE`
  const row = await queryRow<ProductRow>(database, sql, [id], transaction)
  if (!row) throw noSuchProduct()
  return row
}

async function update({ database }: Pick<Deps, 'database'>, id: string, body: Body, transaction: Transaction) {
  const values = columnValues(body)
  const changes = values.map(([column], index) => `${column} = $${index + 2}`)
  // The version is the ETag, which leaves stock out.
  if (values.some(([column]) => column !== 'stock')) changes.push('version = version + 1')
  const row = await queryRow<ProductRow>(
    database,
    `UPDATE products SET ${[...changes, 'updated_at = now()'].join(', ')}
     WHERE id = $1 RETURNING ${productColumns}`,
    [id, ...values.map(([, value]) => value)],
    transaction,
  )
  if (!row) throw noSuchProduct()
  return row
}

function columnValues(body: Body): [string, unknown][] {
  const all: [string, unknown][] = [
    ['name', body.name],
    ['description', body.description],
    ['price', body.price === undefined ? undefined : toDecimal(toMinor(body.price))],
    ['stock', body.stock],
    ['category', body.category],
    ['image_url', body.imageUrl],
    ['images', body.images],
    ['sku', body.sku],
    ['is_active', body.isActive],
  ]
  return all.filter(([, value]) => value !== undefined)
}
