import { z } from 'zod'
import { idParams, maxQuantity, messageAnswer, quantity, timestamp, uuid } from './common'
import { endpoint } from './endpoint'
import { amount, currency } from './money'

export const cartItem = z.object({
  id: uuid,
  productId: uuid,
  productName: z.string(),
  price: amount,
  quantity: z.number().int(),
  subtotal: amount,
  imageUrl: z.string().nullable(),
  /** Present where the product is withdrawn, or fewer pieces are left than the line wants. */
  unavailable: z.object({ available: z.number().int() }).optional(),
  /**
   * Present where `price` moved: from what it was when the customer last knew it. It stays until the customer, having
   * been shown the new price, adds to the line or sets its quantity, so that no second reader of the cart misses it.
   */
  priceChanged: z.object({ from: amount }).optional(),
})

export const cart = z.object({
  /** null for a cart that does not exist yet. */
  id: uuid.nullable(),
  userId: uuid.nullable(),
  items: z.array(cartItem),
  /** All quantities added up. */
  itemCount: z.number().int(),
  totalAmount: amount,
  currency,
  expiresAt: timestamp.nullable(),
  /** false where prices and stock are not known to hold: product did not answer. */
  verified: z.boolean(),
})

export type Cart = z.infer<typeof cart>

const changed = messageAnswer.extend({ cart })

export const readCart = endpoint({
  service: 'cart',
  method: 'GET',
  path: '/api/cart',
  summary: 'The cart, an empty one if there is none',
  access: 'guest',
  response: z.object({ cart }),
})

export const addCartItem = endpoint({
  service: 'cart',
  method: 'POST',
  path: '/api/cart/items',
  summary: 'Put a product into the cart; the same product again adds to its line',
  access: 'guest',
  idempotent: true,
  body: z.object({ productId: uuid, quantity: quantity.default(1) }),
  response: changed,
})

export const changeCartItem = endpoint({
  service: 'cart',
  method: 'PUT',
  path: '/api/cart/items/:id',
  summary: "Set a line's quantity",
  access: 'guest',
  params: idParams,
  body: z.object({ quantity }),
  response: changed,
})

export const removeCartItem = endpoint({
  service: 'cart',
  method: 'DELETE',
  path: '/api/cart/items/:id',
  summary: 'Take a line out',
  access: 'guest',
  params: idParams,
  response: changed,
})

export const clearCart = endpoint({
  service: 'cart',
  method: 'DELETE',
  path: '/api/cart',
  summary: 'Empty the cart',
  access: 'guest',
  response: changed,
})

export const mergeCart = endpoint({
  service: 'cart',
  method: 'POST',
  path: '/api/cart/merge',
  summary: "Join a guest's cart to the user's, as far as there is stock",
  access: 'user',
  body: z.object({ cartToken: z.string().min(1).max(200) }),
  response: z.object({
    cart,
    /** Lines that got fewer pieces than both carts had together; 0 where the user's cart has no such line now. */
    reduced: z.array(z.object({ productId: uuid, wanted: z.number().int(), quantity: z.number().int() })),
  }),
})

export const checkoutCart = endpoint({
  service: 'cart',
  method: 'POST',
  path: '/api/internal/cart/checkout',
  summary: "Hand a user's cart over as it stands, with its version",
  access: { services: ['order'] },
  body: z.object({
    userId: uuid,
    /** Orders of which is asked whether they were taken out. */
    orders: z.array(uuid).optional(),
  }),
  response: z.object({
    cartId: uuid.nullable(),
    version: z.number().int(),
    items: z.array(z.object({ productId: uuid, quantity: z.number().int(), price: amount })),
    /**
     * Orders that were taken out of this cart before it became this version: the newest, and those of the named ones.
     * Every other order of it still has its lines in it. An older instance does not tell.
     */
    takenOrders: z.array(uuid).optional(),
  }),
})

export const removeOrderedItems = endpoint({
  service: 'cart',
  method: 'POST',
  path: '/api/internal/cart/ordered',
  summary: 'Take out exactly what an order took; done once per order',
  access: { services: ['order'] },
  body: z.object({
    orderId: uuid,
    cartId: uuid,
    items: z.array(z.object({ productId: uuid, quantity: z.number().int().min(1).max(maxQuantity) })),
  }),
  response: z.object({ removed: z.boolean() }),
})
