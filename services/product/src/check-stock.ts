import { type productContract as contract, toMajor, toMinor } from '@duka/contracts'
import { queryRows } from '@duka/kit'
import type { Deps } from './deps'
import { absolute, type ProductRow, type Store } from './product'

interface Wanted {
  productId: string
  quantity: number
}

type Found = Pick<ProductRow, 'id' | 'name' | 'price' | 'stock' | 'image_url'>

/** What is on sale of the wanted lines, at which price. It reads and promises nothing: only a reservation holds stock. */
export async function checkStock({ database, store }: Deps, items: Wanted[]) {
  const ids = items.map(({ productId }) => productId)
  const sql = 'SELECT id, name, price, stock, image_url FROM products WHERE id = ANY ($1) AND is_active'
  const found = new Map((await queryRows<Found>(database, sql, [ids])).map((row) => [row.id, row]))
  const lines = items.map((wanted) => toStockLine(wanted, found.get(wanted.productId), store))
  return { available: lines.every(({ sufficient }) => sufficient), items: lines }
}

function toStockLine({ productId, quantity }: Wanted, row: Found | undefined, store: Store): contract.StockLine {
  return {
    productId,
    quantity,
    found: row !== undefined,
    sufficient: row !== undefined && row.stock >= quantity,
    available: row?.stock ?? 0,
    name: row?.name ?? '',
    price: row ? toMajor(toMinor(row.price)) : 0,
    currency: store.currency,
    imageUrl: row?.image_url ? absolute(row.image_url, store.publicBaseUrl) : null,
  }
}
