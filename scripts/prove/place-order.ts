import { isDeepStrictEqual } from 'node:util'
import type { orderContract } from '@duka/contracts'
import type { Answer } from '../demo-shop/shop-client'
import type { AcknowledgedOrder, Line } from './memory'
import { codeOf, type Shopper } from './shopper'

export interface Placed {
  order: orderContract.Order
}

export const shippingAddress = { street: 'Moi Avenue 12', city: 'Nairobi', country: 'Kenya' }
// As long as a request without an answer could still be on its way.
const uncertainMs = 25_000

/** Fills an empty cart and orders it, at times from two windows at once or once more with the same key. */
export async function orderCart(shopper: Shopper): Promise<AcknowledgedOrder | undefined> {
  const { random, world } = shopper
  if ((await shopper.ask('DELETE', '/api/cart'))?.status !== 200) return undefined
  const startedAt = Date.now()
  const lines = chooseLines(shopper)
  for (const body of lines) {
    const added = await shopper.ask('POST', '/api/cart/items', { body, key: shopper.newKey() })
    if (added?.status !== 200) return undefined
  }
  const isSure = shopper.lastDoubtAt < startedAt - uncertainMs
  const question = { body: { shippingAddress }, ...(random.chance(0.7) && { key: shopper.newKey() }) }
  const windows = random.chance(0.1) ? 2 : 1
  const place = () => shopper.ask<Placed>('POST', '/api/orders', question)
  const answers = await Promise.all(Array.from({ length: windows }, place))
  const orders = answers.flatMap((answer) => keep(shopper, answer, isSure ? lines : undefined) ?? [])
  if (new Set(orders.map(({ id }) => id)).size > 1) {
    world.memory.broken.push(`one cart became two orders: ${orders.map(({ id }) => id).join(' and ')}`)
  }
  if (orders[0] && question.key) await replay(shopper, question.key, orders[0].id)
  return orders[0]
}

/** Orders items without a cart. Only its key tells a second request from the first. */
export async function orderItems(shopper: Shopper, lines = chooseLines(shopper)) {
  const question = { body: { items: lines, shippingAddress }, key: shopper.newKey() }
  return keep(shopper, await shopper.ask<Placed>('POST', '/api/orders', question), lines)
}

/** A line or three: mostly of what there is a lot of. */
function chooseLines({ random, world }: Shopper): Line[] {
  const wanted = new Set(Array.from({ length: random.between(1, 3) }, () => random.pick(world.products)))
  if (random.chance(0.3)) wanted.add(random.pick(world.hotProducts))
  return [...wanted].map(({ id }) => ({ productId: id, quantity: random.between(1, 3) }))
}

/** Remembers an order that the shop said yes to. */
export function keep(
  shopper: Shopper,
  answer: Answer<Placed> | undefined,
  lines: Line[] | undefined,
): AcknowledgedOrder | undefined {
  const { memory } = shopper.world
  if (answer?.status !== 201) {
    memory.count(answer ? `not placed.${answer.status} ${codeOf(answer.body)}` : 'not placed.no answer')
    return undefined
  }
  const { id, totalAmount, items } = answer.body.order
  const known = memory.orders.get(id)
  if (known) return known
  const order = { id, owner: shopper, totalAmount, lines }
  memory.orders.set(id, order)
  if (lines && !isDeepStrictEqual(sorted(lines), sorted(items))) {
    memory.broken.push(`order ${id} was to have the lines ${sorted(lines)}, and has ${sorted(items)}`)
  }
  return order
}

export function sorted(lines: Line[]): string[] {
  return lines.map(({ productId, quantity }) => `${productId} ${quantity}`).sort()
}

/** The same key again gives the first order, whatever happened meanwhile; with another body it is refused. */
async function replay(shopper: Shopper, key: string, id: string): Promise<void> {
  const { random, world } = shopper
  if (!random.chance(0.3)) return
  world.memory.count('replays')
  const again = await shopper.ask<Placed>('POST', '/api/orders', { body: { shippingAddress }, key })
  if (again && again.body.order?.id !== id) {
    world.memory.broken.push(`the key of order ${id} gave ${again.body.order?.id ?? again.status} the second time`)
  }
  const body = { shippingAddress, notes: 'Another one' }
  const other = await shopper.ask<Placed>('POST', '/api/orders', { body, key })
  if (other && other.status !== 422) world.memory.broken.push(`the key of order ${id} took another order's body`)
}
