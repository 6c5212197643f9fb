import { toDecimal, toMinor } from '@duka/contracts'
import type { Line } from './line'

export interface LineRow {
  id: string
  product_id: string
  product_name: string
  price: string
  price_changed_from: string | null
  quantity: number
  image_url: string | null
}

export function toLine(row: LineRow): Line {
  return {
    id: row.id,
    productId: row.product_id,
    productName: row.product_name,
    price: toMinor(row.price),
    priceChangedFrom: row.price_changed_from === null ? null : toMinor(row.price_changed_from),
    quantity: row.quantity,
    imageUrl: row.image_url,
  }
}

export function toLineRow(line: Line): LineRow {
  return {
    id: line.id,
    product_id: line.productId,
    product_name: line.productName,
    price: toDecimal(line.price),
    price_changed_from: line.priceChangedFrom === null ? null : toDecimal(line.priceChangedFrom),
    quantity: line.quantity,
    image_url: line.imageUrl,
  }
}
