import { type productContract, toMajor, toMinor } from '@duka/contracts'
import { notFound } from '@duka/kit'

export interface ProductRow {
  id: string
  name: string
  description: string
  price: string
  stock: number
  category: string | null
  image_url: string | null
  images: string[]
  sku: string
  is_active: boolean
  version: number
  created_at: Date
  updated_at: Date
}

export const productColumns =
  'id, name, description, price, stock, category, image_url, images, sku, is_active, version, created_at, updated_at'

/** The only way a row becomes JSON. */
export function toProduct(row: ProductRow, currency: string): productContract.Product {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    price: toMajor(toMinor(row.price)),
    currency,
    stock: row.stock,
    category: row.category,
    imageUrl: row.image_url,
    images: row.images,
    sku: row.sku,
    isActive: row.is_active,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

export function noSuchProduct() {
  return notFound('product')
}
