import type { Basket } from './memory'
import { keep, type Placed, shippingAddress } from './place-order'
import { Shopper } from './shopper'

const mostRounds = 3

/**
 * Somebody new orders what is in the cart, puts in some more while that is under way, and orders again. The cart is
 * never cleared, so that in the end all of it has been ordered or is still there.
 */
export async function orderChangingCart({ world, random }: Shopper): Promise<void> {
  const credentials = { email: `basket-${random.text(16)}@duka.test`, password: random.text(16) }
  const customer = new Shopper(world, random, credentials)
  if (!(await customer.register())) return
  const basket: Basket = { email: credentials.email, least: new Map(), most: new Map() }
  world.memory.baskets.push(basket)
  await putIn(customer, basket)
  for (let round = random.between(1, mostRounds); round > 0; round--) {
    const first = order(customer)
    await putIn(customer, basket)
    await Promise.all([first, order(customer)])
  }
}

/** At times what is in it already, at times the last pieces of something. */
async function putIn(customer: Shopper, { least, most }: Basket): Promise<void> {
  const { random, world } = customer
  const { id: productId } = random.pick(random.chance(0.2) ? world.hotProducts : world.products.slice(0, 2))
  const body = { productId, quantity: random.between(1, 3) }
  const startedAt = Date.now()
  const answer = await customer.ask('POST', '/api/cart/items', { body, key: customer.newKey() })
  const add = (sums: Map<string, number>) => sums.set(productId, (sums.get(productId) ?? 0) + body.quantity)
  if (answer?.status === 200) add(least)
  // A request that got no answer may have come in, or do so yet.
  if (!answer || answer.status === 200 || customer.lastDoubtAt >= startedAt) add(most)
}

async function order(customer: Shopper): Promise<void> {
  const { random, world } = customer
  const question = { body: { shippingAddress }, ...(random.chance(0.5) && { key: customer.newKey() }) }
  const placed = keep(customer, await customer.ask<Placed>('POST', '/api/orders', question), undefined)
  if (!placed || !random.chance(0.2)) return
  const answer = await customer.ask('PUT', `/api/orders/${placed.id}/cancel`, { body: { reason: 'Too much.' } })
  if (answer?.status === 200) world.memory.cancelled.add(placed.id)
}
