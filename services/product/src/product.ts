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

/** What is the same for all products of a shop. */
export interface Store {
  currency: string
  /** The address that clients know the shop by. */
  publicBaseUrl: string
}

/** A picture that the shop itself serves is kept as a path, so that it is found under whatever address the shop has today. */
export function absolute(image: string, publicBaseUrl: string): string {
  return image.startsWith('/') ? `${publicBaseUrl}${image}` : image
}

/** The only way a row becomes JSON. */
export function toProduct(row: ProductRow, { currency, publicBaseUrl }: Store): productContract.Product {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    price: toMajor(toMinor(row.price)),
    currency,
    stock: row.stock,
    category: row.category,
    imageUrl: row.image_url && absolute(row.image_url, publicBaseUrl),
    images: row.images.map((image) => absolute(image, publicBaseUrl)),
    sku: row.sku,
    isActive: row.is_active,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

export function noSuchProduct() {
  return notFound('product')
}
