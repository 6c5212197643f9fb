import { queryRow } from '@duka/kit'
import type { Deps } from './deps'
import { noSuchProduct } from './product'

export async function withdrawProduct({ database }: Deps, id: string) {
  const row = await queryRow(
    database,
    `UPDATE products SET is_active = false, version = version + 1, updated_at = now() WHERE id = $1 RETURNING id`,
    [id],
  )
  if (!row) throw noSuchProduct()
  return { message: 'Product withdrawn from sale.' }
}
