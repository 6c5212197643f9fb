import { baby } from './baby'
import { beauty } from './beauty'
import { electronics } from './electronics'
import { farm } from './farm'
import { fashion } from './fashion'
import { groceries } from './groceries'
import { home } from './home'
import { phones } from './phones'
import { solar } from './solar'
import { sports } from './sports'
import { stationery } from './stationery'
import type { Tint } from './tints'

export interface DemoProduct {
  /** Never changed once published: it is how a second seeding knows the product, and it names the picture. */
  sku: string
  name: string
  /** KES, whole shillings. */
  price: number
  stock: number
  /** A key of `drawings`. */
  drawing: string
  tint: Tint
  description: string
}

export interface DemoCategory {
  name: string
  products: DemoProduct[]
}

export const catalogue: DemoCategory[] = [
  phones,
  electronics,
  home,
  groceries,
  beauty,
  fashion,
  baby,
  sports,
  stationery,
  farm,
  solar,
]

/** The file in services/product/pictures that shows a product. */
export function pictureOf(product: DemoProduct): string {
  return `${product.sku.toLowerCase()}.svg`
}
