import {
  cartContract,
  type Minor,
  maxQuantity,
  type productContract,
  productContract as products,
  toMinor,
} from '@duka/contracts'
import { notFound, Problem, type User, validationFailed } from '@duka/kit'
import type { Deps } from './deps'

export interface QuotedLine {
  productId: string
  productName: string
  price: Minor
  quantity: number
  imageUrl: string | null
}

export interface Quote {
  lines: QuotedLine[]
  cart: { id: string; version: number } | null
  /** Why the cart cannot be ordered now, unless it was ordered already. */
  refusal: Problem | null
}

interface Wanted {
  productId: string
  quantity: number
  /** What the customer was shown last, where that is known. */
  shownPrice: Minor | null
}

/** What the customer wants, with names and prices from the catalogue: never the client's. */
export async function quoteItems(
  deps: Deps,
  user: User,
  items: { productId: string; quantity: number }[] | undefined,
): Promise<Quote> {
  const { wanted, cart } = items ? { wanted: addUp(items), cart: null } : await takeCart(deps, user)
  const { items: stock } = await deps.product.call(products.checkStock, {
    body: { items: wanted.map(({ productId, quantity }) => ({ productId, quantity })) },
  })
  const byId = new Map(stock.map((line) => [line.productId, line]))
  try {
    return {
      lines: wanted.map((want) => quoteLine(want, byId.get(want.productId), cart !== null)),
      cart,
      refusal: null,
    }
  } catch (error) {
    if (!cart || !(error instanceof Problem)) throw error
    return { lines: [], cart, refusal: error }
  }
}

async function takeCart(deps: Deps, user: User) {
  const { cartId, version, items } = await deps.cart.call(cartContract.checkoutCart, { body: { userId: user.id } })
  if (!cartId || items.length === 0) {
    throw new Problem(400, 'cart_empty', 'The cart is empty. Put something into it, or send items.')
  }
  const wanted = items.map((item) => ({ ...item, shownPrice: toMinor(item.price) }))
  return { wanted, cart: { id: cartId, version } }
}

/** The same product twice is one line, and may have no more pieces than one. */
function addUp(items: { productId: string; quantity: number }[]): Wanted[] {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  if (Math.max(...quantities.values()) > maxQuantity) {
    throw validationFailed([{ path: 'items', message: `at most ${maxQuantity} pieces of one product` }])
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity, shownPrice: null }))
}

function quoteLine(wanted: Wanted, line: productContract.StockLine | undefined, fromCart: boolean): QuotedLine {
  if (!line?.found && !fromCart) throw notFound('product')
  if (!line?.sufficient) throw insufficientStock(wanted, line?.available ?? 0)
  const price = toMinor(line.price)
  if (wanted.shownPrice !== null && wanted.shownPrice !== price) throw priceChanged(line)
  return {
    productId: wanted.productId,
    productName: line.name,
    price,
    quantity: wanted.quantity,
    imageUrl: line.imageUrl,
  }
}

function insufficientStock({ productId, quantity }: Wanted, available: number): Problem {
  const detail = `Only ${available} of product ${productId} can be bought now, not ${quantity}.`
  return new Problem(409, 'insufficient_stock', detail, { extra: { available, productId } })
}

function priceChanged({ productId, price }: productContract.StockLine): Problem {
  const detail = 'A price changed since the cart was last shown. Look at the cart and order again.'
  return new Problem(409, 'price_changed', detail, { extra: { items: [{ productId, price }] } })
}
