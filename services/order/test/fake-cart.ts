import { randomUUID } from 'node:crypto'
import { cartContract as contract } from '@duka/contracts'
import { route } from '@duka/kit'
import { startFakeService } from '@duka/testkit'
import { answering, type Mood } from './mood'

interface FakeCart {
  cartId: string
  version: number
  items: { productId: string; quantity: number; price: number }[]
}

/** A cart service that takes out what was ordered once per order, as the real one does. */
export async function startFakeCart() {
  const carts = new Map<string, FakeCart>()
  const moods: Record<'checkout' | 'ordered', Mood> = { checkout: 'up', ordered: 'up' }
  const emptied: string[] = []
  /** What happens before a call does its work, such as waiting for something else. */
  const before: { checkout?: () => Promise<unknown> } = {}
  const running = await startFakeService('cart', [
    route(contract.checkoutCart, async ({ body, request }) => {
      await before.checkout?.()
      return answering(moods.checkout, request, () => carts.get(body.userId) ?? { cartId: null, version: 0, items: [] })
    }),
    route(contract.removeOrderedItems, ({ body, request }) =>
      answering(moods.ordered, request, () => {
        const cart = [...carts.values()].find(({ cartId }) => cartId === body.cartId)!
        if (emptied.includes(body.orderId)) return { removed: true }
        emptied.push(body.orderId)
        const ordered = new Set(body.items.map(({ productId }) => productId))
        cart.items = cart.items.filter(({ productId }) => !ordered.has(productId))
        cart.version += 1
        return { removed: true }
      }),
    ),
  ])
  return {
    ...running,
    moods,
    before,
    /** The orders that were taken out of a cart. */
    emptied,
    fill(userId: string, items: FakeCart['items']): FakeCart {
      const cart = { cartId: randomUUID(), version: 1, items }
      carts.set(userId, cart)
      return cart
    },
    itemsOf: (userId: string) => carts.get(userId)?.items ?? [],
    reset() {
      Object.assign(moods, { checkout: 'up', ordered: 'up' })
      before.checkout = undefined
    },
  }
}
