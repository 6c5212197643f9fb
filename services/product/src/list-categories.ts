import { queryRows } from '@duka/kit'
import type { Deps } from './deps'

export async function listCategories({ database }: Deps) {
  const categories = await queryRows<{ name: string; count: number }>(
    database,
    `SELECT category AS name, count(*)::int AS count FROM products
     WHERE is_active AND category IS NOT NULL GROUP BY category ORDER BY category`,
  )
  return { categories }
}
