import { queryRows } from '@duka/kit'
import type { Request } from 'express'
import { lockProduct } from './change-product'
import type { Deps } from './deps'
import { requireMatch } from './version-tag'

export async function withdrawProduct({ database }: Deps, id: string, request: Request) {
  await database.transaction(async (transaction) => {
    requireMatch(request, await lockProduct({ database }, id, transaction))
    await queryRows(
      database,
      'UPDATE products SET is_active = false, version = version + 1, updated_at = now() WHERE id = $1',
      [id],
      transaction,
    )
  })
  return { message: 'Product withdrawn from sale.' }
}
