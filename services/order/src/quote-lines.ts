import { type Minor, type productContract, productContract as products, toMinor } from '@duka/contracts'
import { notFound, Problem } from '@duka/kit'
import type { Deps } from './deps'
import type { OrderWithItems } from './order'
import type { HandedCart } from './orders-in-cart'

export interface QuotedLine {
  productId: string
  productName: string
  price: Minor
  quantity: number
  /** How many the cart has; null without a cart. */
  cartQuantity: number | null
  imageUrl: string | null
}

export interface Quote {
  lines: QuotedLine[]
  cart: HandedCart | null
  /** Why the cart cannot be ordered now, unless it was ordered already. */
  refusal: Problem | null
  /** The order that has taken all that is in the cart. */
  ordered: OrderWithItems | null
}

export interface Wanted {
  productId: string
  quantity: number
  cartQuantity: number | null
  /** What the customer was shown last, where that is known. */
  shownPrice: Minor | null
}

/** With names and prices from the catalogue: never the client's. */
export async function quoteLines({ product }: Deps, wanted: Wanted[], cart: HandedCart | null): Promise<Quote> {
  const { items: stock } = await product.call(products.checkStock, {
    body: { items: wanted.map(({ productId, quantity }) => ({ productId, quantity })) },
  })
  const byId = new Map(stock.map((line) => [line.productId, line]))
  const quote: Quote = { lines: [], cart, refusal: null, ordered: null }
  try {
    return { ...quote, lines: wanted.map((want) => quoteLine(want, byId.get(want.productId), cart !== null)) }
  } catch (error) {
    if (!cart || !(error instanceof Problem)) throw error
    return { ...quote, refusal: error }
  }
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
    cartQuantity: wanted.cartQuantity,
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
