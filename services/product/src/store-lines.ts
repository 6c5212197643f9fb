import { productContract as contract, toDecimal, toMinor } from '@duka/contracts'
import { newId, queryRows } from '@duka/kit'
import type { Transaction } from 'sequelize'
import type { ImportContext } from './import-batch'
import type { Column, ProductLine } from './product-file'

/** Locks those of the lines' products that there are. Gives what can be bought of each, by the key of its sku. */
export async function lockKnown(
  { deps }: ImportContext,
  lines: ProductLine[],
  transaction: Transaction,
): Promise<Map<string, number>> {
  const sql = 'SELECT sku, stock FROM products WHERE sku_key(sku) = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE'
  const keys = lines.map(({ sku }) => contract.skuKey(sku))
  const rows = await queryRows<{ sku: string; stock: number }>(deps.database, sql, [keys], transaction)
  return new Map(rows.map(({ sku, stock }) => [contract.skuKey(sku), stock]))
}

const given = `jsonb_to_recordset($1::jsonb) AS l (id uuid, sku text, name text, description text, price numeric,
  stock integer, category text, image_url text, images text[], is_active boolean)`

/** New products, but for those that somebody else added meanwhile. Gives the skus that it added. */
export async function insertLines(
  { deps, actor, leaveStock }: ImportContext,
  lines: ProductLine[],
  transaction: Transaction,
) {
  if (lines.length === 0) return new Set<string>()
  const sql = `
    WITH added AS (
      INSERT INTO products (id, name, description, price, stock, category, image_url, images, sku, is_active)
      SELECT id, name, coalesce(description, ''), price, ${leaveStock ? '0' : 'coalesce(stock, 0)'}, category, image_url, coalesce(images, '{}'),
        sku, coalesce(is_active, true)
      FROM ${given} ORDER BY sku
      ON CONFLICT DO NOTHING RETURNING id, sku, stock
    ), opening AS (
      INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
      SELECT id, 'opening', stock, 'import', $2 FROM added WHERE stock > 0
    )
    SELECT sku FROM added`
  const rows = await queryRows<{ sku: string }>(deps.database, sql, [toJson(lines), actor], transaction)
  return new Set(rows.map(({ sku }) => sku))
}

/** The rows are locked already, so what this statement sees of them is what it changes. Gives how many it changed. */
export async function updateLines(
  { deps, actor, columns }: ImportContext,
  lines: ProductLine[],
  transaction: Transaction,
) {
  if (lines.length === 0) return 0
  const clearable = (column: Column, name: string) => (columns.includes(column) ? `l.${name}` : `p.${name}`)
  const edits = {
    name: 'coalesce(l.name, p.name)',
    description: clearable('description', 'description'),
    price: 'coalesce(l.price, p.price)',
    category: clearable('category', 'category'),
    image_url: clearable('imageUrl', 'image_url'),
    images: clearable('images', 'images'),
    is_active: 'coalesce(l.is_active, p.is_active)',
  }
  const [names, values] = [Object.keys(edits), Object.values(edits)]
  const isEdited = `(p.${names.join(', p.')}) IS DISTINCT FROM (${values.join(', ')})`
  const sql = `
    WITH moved AS (
      INSERT INTO stock_movements (product_id, kind, available_delta, reason, actor)
      SELECT p.id, 'import', l.stock - p.stock, 'import', $2 FROM ${given} JOIN products p ON sku_key(p.sku) = sku_key(l.sku) WHERE l.stock <> p.stock
    )
    UPDATE products p SET (${names.join(', ')}) = ROW (${values.join(', ')}), stock = coalesce(l.stock, p.stock),
      version = p.version + (${isEdited})::int, updated_at = now()
    FROM ${given} WHERE sku_key(p.sku) = sku_key(l.sku) AND (${isEdited} OR l.stock <> p.stock)
    RETURNING p.id`
  return (await queryRows(deps.database, sql, [toJson(lines), actor], transaction)).length
}

function toJson(lines: ProductLine[]): string {
  return JSON.stringify(
    lines.map(({ imageUrl, isActive, price, ...line }) => ({
      ...line,
      id: newId(),
      price: price === undefined ? null : toDecimal(toMinor(price)),
      image_url: imageUrl,
      is_active: isActive,
    })),
  )
}
