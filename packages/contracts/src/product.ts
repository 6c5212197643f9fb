import { z } from 'zod'
import { cleanCode } from './clean-text'
import {
  flag,
  idParams,
  maxLines,
  messageAnswer,
  nothing,
  pageOf,
  pageQuery,
  quantity,
  queryInteger,
  timestamp,
  uuid,
} from './common'
import { endpoint } from './endpoint'
import { amount, currency, money, moneyText } from './money'
import { code, imageUrl, line, text } from './text'

export const maxStock = 1_000_000_000

const stock = z.number().int().min(0).max(maxStock)

export const product = z.object({
  id: uuid,
  name: z.string(),
  description: z.string(),
  price: amount,
  currency,
  /** What can be bought now. */
  stock: z.number().int(),
  category: z.string().nullable(),
  imageUrl: z.string().nullable(),
  images: z.array(z.string()),
  sku: z.string(),
  isActive: z.boolean(),
  createdAt: timestamp,
  updatedAt: timestamp,
})

export type Product = z.infer<typeof product>

/** Skus with the same key are one sku: upper and lower case of A to Z do not count, nor spaces, nor what is not seen. */
export function skuKey(sku: string): string {
  return cleanCode(sku).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

const fields = {
  /** On more than one line, too, as a spreadsheet may have it. */
  name: text(200),
  description: text(5000, 0),
  price: money,
  stock,
  category: line(100).nullable(),
  imageUrl: imageUrl.nullable(),
  images: z.array(imageUrl).max(20),
  sku: code(64),
  isActive: z.boolean(),
}

export const productSorts = ['newest', 'price', '-price', 'name', 'relevance'] as const

export type ProductSort = (typeof productSorts)[number]

export const listProducts = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/products',
  summary: 'Products on sale, with search, filters and sorting',
  access: 'guest',
  query: z.object({
    ...pageQuery,
    search: line(200, 0).optional(),
    category: line(100).optional(),
    minPrice: moneyText.optional(),
    maxPrice: moneyText.optional(),
    inStock: flag.optional(),
    sort: z.enum(productSorts).optional(),
  }),
  response: pageOf('products', product),
  mayLag: true,
})

export const listCategories = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/products/categories',
  summary: 'Categories and how many products are on sale in each',
  access: 'guest',
  response: z.object({ categories: z.array(z.object({ name: z.string(), count: z.number().int() })) }),
  mayLag: true,
})

export const readProduct = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/products/:id',
  summary: 'One product; a withdrawn one is there for staff alone',
  access: 'guest',
  params: idParams,
  response: z.object({ product }),
})

export const createProduct = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/products',
  summary: 'Add a product',
  access: { permission: 'products:write' },
  status: 201,
  body: z.object({
    ...fields,
    description: fields.description.default(''),
    stock: stock.default(0),
    category: fields.category.default(null),
    imageUrl: fields.imageUrl.default(null),
    images: fields.images.default([]),
    isActive: z.boolean().default(true),
  }),
  response: messageAnswer.extend({ product }),
})

/**
 * The columns of a product file; `sku` tells which product a line is about. `images` are separated by spaces.
 * `stockExported` is what `stock` was when the file was written: where both are the same, an import leaves stock alone.
 */
export const fileColumns = [
  'sku',
  'name',
  'description',
  'price',
  'stock',
  'category',
  'imageUrl',
  'images',
  'isActive',
  'stockExported',
] as const

/** What browsers say that a CSV is: on Windows, whatever is registered for it. */
const fileTypes = ['text/csv', 'application/vnd.ms-excel', 'application/octet-stream', 'multipart/form-data'] as const

export const maxFileBytes = 64 * 1024 * 1024
export const maxFileLines = 200_000
/** More rejected lines are counted, and not told. */
export const maxToldRejections = 1_000
/** The same of changes of stock. */
export const maxToldStockChanges = 1_000

const stockOfLine = z.object({
  line: z.number().int(),
  sku: z.string(),
  before: z.number().int(),
  after: z.number().int(),
})

export const importProducts = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/products/import',
  summary:
    'Create and update products by sku from a CSV; with `dryRun` it only says what it would do. A `stock` is a count, unless it is still what the export wrote into `stockExported`: then stock is left alone. With `leaveStock` it is left alone whatever the file says',
  access: { permission: 'products:write' },
  query: z.object({ dryRun: flag.default(false), leaveStock: flag.default(false) }),
  upload: { contentTypes: fileTypes, maxBytes: maxFileBytes },
  response: messageAnswer.extend({
    dryRun: z.boolean(),
    created: z.number().int(),
    updated: z.number().int(),
    /** Lines that said what was so already. */
    unchanged: z.number().int(),
    rejected: z.array(z.object({ line: z.number().int(), reason: z.string() })).max(maxToldRejections),
    totalRejected: z.number().int(),
    /** Of products that were there before. */
    stockChanges: z.array(stockOfLine).max(maxToldStockChanges),
    totalStockChanges: z.number().int(),
    /** Lines with another stock than there is, which was left alone. */
    totalStockLeft: z.number().int(),
  }),
})

export const exportProducts = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/products/export',
  summary: 'All products, withdrawn ones too, as a CSV that can be imported again',
  access: { permission: 'products:write' },
  download: 'text/csv',
  response: nothing,
  mayLag: true,
})

/** A stock that was sent and did not count: the figure sent, the one that stays, and why. */
export const leftStock = z.object({ sent: z.number().int(), stock: z.number().int(), reason: z.string() })

export type LeftStock = z.infer<typeof leftStock>

const stockMeans =
  'A stock that comes alone is a count. One that comes with other fields counts only where it differs from `stockBase` (or, without that, from the stock that was read with the tag in If-Match), which is the stock as it was read: 409 `stock_changed` where pieces moved since. Any other is left alone, and `stockLeft` says so'

const change = {
  service: 'product',
  path: '/api/products/:id',
  access: { permission: 'products:write' },
  params: idParams,
  /** `stockBase` is the stock that was read before the change. */
  body: z.object({ ...fields, stockBase: stock }).partial(),
  response: messageAnswer.extend({ product, stockLeft: leftStock.optional() }),
} as const

export const updateProduct = endpoint({
  ...change,
  method: 'PUT',
  summary: `Change a product; takes only what changes. ${stockMeans}`,
})

export const patchProduct = endpoint({ ...change, method: 'PATCH', summary: `Change a product. ${stockMeans}` })

export const withdrawProduct = endpoint({
  service: 'product',
  method: 'DELETE',
  path: '/api/products/:id',
  summary: 'Take a product off sale; it is kept',
  access: { permission: 'products:write' },
  params: idParams,
  response: messageAnswer,
})

/** Pieces that came or went, or what was counted. */
const stockChange = z
  .object({
    delta: z
      .number()
      .int()
      .min(-maxStock)
      .max(maxStock)
      .refine((value) => value !== 0, { message: 'must not be 0' })
      .optional(),
    count: stock.optional(),
    kind: z.enum(['adjustment', 'return', 'write_off']).default('adjustment'),
    reason: text(500),
  })
  .refine(({ delta, count }) => (delta === undefined) !== (count === undefined), {
    path: ['delta'],
    message: 'must be given, or else count: one of the two',
  })
  .refine(({ kind, delta }) => kind !== 'return' || (delta ?? 0) > 0, {
    path: ['delta'],
    message: 'must be more than 0 for a return',
  })
  .refine(({ kind, delta }) => kind !== 'write_off' || (delta ?? 0) < 0, {
    path: ['delta'],
    message: 'must be less than 0 for a write-off',
  })

export const adjustStock = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/products/:id/stock',
  summary:
    'Change what can be bought, by a signed number of pieces (delta) or to a counted figure (count), with a reason',
  access: { permission: 'products:write' },
  params: idParams,
  body: stockChange,
  response: z.object({ product }),
})

export const maxLowStock = 100

export const listLowStock = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/admin/products/low-stock',
  summary: 'Products on sale of which at most `threshold` pieces can be bought, the least first',
  access: { permission: 'products:write' },
  query: z.object({ ...pageQuery, threshold: queryInteger(0, maxLowStock).default(5) }),
  response: pageOf('products', product),
  mayLag: true,
})

export const movementKinds = [
  'opening',
  'adjustment',
  'import',
  'return',
  'write_off',
  'reserve',
  'commit',
  'release',
] as const

/** One change of stock: how many pieces moved into (or out of) what can be bought, what is held and what is sold. */
export const stockMovement = z.object({
  id: uuid,
  productId: uuid,
  kind: z.enum(movementKinds),
  availableDelta: z.number().int(),
  heldDelta: z.number().int(),
  soldDelta: z.number().int(),
  reason: z.string().nullable(),
  actor: z.string(),
  orderId: uuid.nullable(),
  createdAt: timestamp,
})

export const listStockMovements = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/products/:id/stock-movements',
  summary: 'Every change of stock of a product, and why',
  access: { permission: 'products:write' },
  params: idParams,
  query: z.object(pageQuery),
  response: pageOf('movements', stockMovement),
  mayLag: true,
})

const lines = z
  .array(z.object({ productId: uuid, quantity }))
  .min(1)
  .max(maxLines)

/** What one product has to offer to a wanted quantity; `found` is false where there is none, or it is withdrawn. */
export const stockLine = z.object({
  productId: uuid,
  quantity: z.number().int(),
  found: z.boolean(),
  sufficient: z.boolean(),
  available: z.number().int(),
  name: z.string(),
  price: amount,
  currency,
  imageUrl: z.string().nullable(),
})

export type StockLine = z.infer<typeof stockLine>

export const checkStock = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/internal/check-stock',
  summary: 'Names, prices and availability for wanted lines; holds nothing',
  access: { services: ['cart', 'order'] },
  body: z.object({ items: lines }),
  response: z.object({ available: z.boolean(), items: z.array(stockLine) }),
})

const attempt = z.number().int().min(1).max(1000)

const reservationKey = z.object({ orderId: uuid, attempt })

export const reservation = reservationKey.extend({ status: z.enum(['active', 'committed', 'released']) })

export const reserveStock = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/internal/reservations',
  summary:
    'Hold stock for one attempt of an order: all lines at the given prices (null: at any price), or none. 409 insufficient_stock, price_changed, reservation_released',
  access: { services: ['order'] },
  body: reservationKey.extend({
    items: z
      .array(z.object({ productId: uuid, quantity, price: money.nullable() }))
      .min(1)
      .max(maxLines),
  }),
  response: z.object({ reservation }),
})

export const commitStock = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/internal/reservations/commit',
  summary: 'Turn what an attempt holds into sold. 409 reservation_released',
  access: { services: ['order'] },
  body: reservationKey,
  response: z.object({ reservation }),
})

export const releaseStock = endpoint({
  service: 'product',
  method: 'POST',
  path: '/api/internal/reservations/release',
  summary: 'Give back what an attempt holds or sold, and refuse that attempt from now on',
  access: { services: ['order'] },
  body: reservationKey.extend({ reason: text(200) }),
  response: z.object({ reservation }),
})

export const maxOrderMovements = 1_000

export const listOrderMovements = endpoint({
  service: 'product',
  method: 'GET',
  path: '/api/internal/stock/orders/:orderId/movements',
  summary: `Every change of stock for an order, oldest first, at most ${maxOrderMovements}`,
  access: { services: ['order'] },
  params: z.object({ orderId: uuid }),
  response: z.object({ movements: z.array(stockMovement.extend({ attempt: attempt.nullable() })) }),
})
