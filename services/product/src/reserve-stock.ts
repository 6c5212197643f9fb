import { type productContract as contract, type InputOf, toDecimal, toMajor, toMinor } from '@duka/contracts'
import { Problem } from '@duka/kit'
import type { Deps } from './deps'
import type { AttemptLine, RefusedLine } from './hold-stock'
import { reservationReleased } from './reservation'
import { reservations } from './watch-stock'

type Body = InputOf<typeof contract.reserveStock>['body']

/** Holds stock for one attempt of an order, all lines or none. The same attempt again answers the same. */
export async function reserveStock({ holdStock }: Deps, { orderId, attempt, items }: Body) {
  const outcome = await holdStock({ orderId, attempt, lines: addUp(items) })
  if (outcome.status === 'refused') throw refuse(outcome.lines)
  if (outcome.status === 'released') throw reservationReleased()
  reservations.with('held').inc()
  return { reservation: { orderId, attempt, status: outcome.status } }
}

/** One line per product: an UPDATE that meets a product twice would take its stock once. */
function addUp(items: Body['items']): AttemptLine[] {
  const byProduct = new Map<string, AttemptLine>()
  for (const { productId, quantity, price } of items) {
    const before = byProduct.get(productId)?.quantity ?? 0
    byProduct.set(productId, {
      productId,
      quantity: before + quantity,
      price: price === null ? null : toDecimal(toMinor(price)),
    })
  }
  return [...byProduct.values()]
}

function refuse(lines: RefusedLine[]): Problem {
  const short = lines.find((line) => line.available < line.quantity)
  reservations.with(short ? 'insufficient' : 'price_changed').inc()
  if (short) {
    const detail = `Only ${short.available} of product ${short.productId} can be bought now.`
    return new Problem(409, 'insufficient_stock', detail, {
      extra: { available: short.available, productId: short.productId, items: lines.map(toShortage) },
    })
  }
  return new Problem(
    409,
    'price_changed',
    'A price changed a moment ago. Look at the cart again and order once more.',
    {
      extra: { items: lines.map(({ productId, price }) => ({ productId, price: price && toMajor(toMinor(price)) })) },
    },
  )
}

function toShortage({ productId, quantity, available }: RefusedLine) {
  return { productId, quantity, available }
}
