import { type productContract as contract, type InputOf, toDecimal, toMinor } from '@duka/contracts'
import { newId, Problem, queryRow, type User } from '@duka/kit'
import type { Response } from 'express'
import { requirePrice } from './check-price'
import type { Deps } from './deps'
import { type ProductRow, productColumns, toProduct } from './product'
import { tagAnswer } from './version-tag'

type Body = InputOf<typeof contract.createProduct>['body']

/** Adds a product; its first stock is the opening movement of its ledger, in the same statement. */
export async function createProduct({ database, store }: Deps, user: User, body: Body, response: Response) {
  requirePrice(body.price, store.currency)
  const row = await queryRow<ProductRow>(
    database,
    `WITH added AS (
       INSERT INTO products (id, name, description, price, stock, category, image_url, images, sku, is_active)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT DO NOTHING
       RETURNING ${productColumns}
     ), opening AS (
       INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
       SELECT id, 'opening', stock, 'first stock', $11 FROM added WHERE stock > 0
     )
     SELECT * FROM added`,
    [
      newId(),
      body.name,
      body.description,
      toDecimal(toMinor(body.price)),
      body.stock,
      body.category,
      body.imageUrl,
      body.images,
      body.sku,
      body.isActive,
      user.id,
    ],
  )
  if (!row) throw skuTaken(body.sku)
  const product = toProduct(row, store)
  tagAnswer(response, row, product)
  return { message: 'Product created.', product }
}

export function skuTaken(sku: string): Problem {
  return new Problem(
    409,
    'sku_taken',
    `Another product has the sku ${sku}, whatever its case, its spaces and what cannot be seen of it.`,
  )
}
