import { randomUUID } from 'node:crypto'
import { cartContract as contract } from '@duka/contracts'
import { route } from '@duka/kit'
import { startFakeService } from '@duka/testkit'
import { answering, type Mood } from './mood'

interface Line {
  productId: string
  quantity: number
  price: number
}

interface FakeCart {
  cartId: string
  version: number
  items: Line[]
  /** The orders that were taken out of it. */
  taken: string[]
}

const mostTold = 20

/** A cart service that takes out what was ordered once per order, as the real one does. */
export async function startFakeCart() {
  const carts = new Map<string, FakeCart>()
  const moods: Record<'checkout' | 'ordered', Mood> = { checkout: 'up', ordered: 'up' }
  const emptied: string[] = []
  /** Whether it is of the version that tells which orders were taken out. */
  const version = { isOld: false }
  /** What happens before a call does its work, such as waiting for something else, and before it answers. */
  const before: { checkout?: () => Promise<unknown>; answer?: () => Promise<unknown> } = {}
  let handedOver = 0

  function handOver(userId: string, orders: string[] = []) {
    const cart = carts.get(userId)
    const isFilled = cart !== undefined && cart.items.length > 0
    const { cartId, items } = isFilled ? cart : { cartId: null, items: [] }
    const taken = cart?.taken ?? []
    const told = new Set([...taken.slice(-mostTold), ...taken.filter((id) => orders.includes(id))])
    handedOver += 1
    return {
      cartId,
      version: isFilled ? cart.version : 0,
      items: structuredClone(items),
      ...(!version.isOld && { takenOrders: [...told] }),
    }
  }

  const running = await startFakeService('cart', [
    route(contract.checkoutCart, async ({ body, request }) => {
      await before.checkout?.()
      const answer = await answering(moods.checkout, request, () => handOver(body.userId, body.orders))
      await before.answer?.()
      return answer
    }),
    route(contract.removeOrderedItems, ({ body, request }) =>
      answering(moods.ordered, request, () => {
        const cart = [...carts.values()].find(({ cartId }) => cartId === body.cartId)
        if (!cart) return { removed: false }
        if (cart.taken.includes(body.orderId)) return { removed: true }
        cart.taken.push(body.orderId)
        emptied.push(body.orderId)
        cart.items = takeOut(cart.items, body.items)
        cart.version += 1
        return { removed: true }
      }),
    ),
  ])
  return {
    ...running,
    moods,
    before,
    version,
    /** The orders that were taken out of a cart. */
    emptied,
    /** How often a cart was handed over. */
    handedOver: () => handedOver,
    fill(userId: string, items: Line[]): FakeCart {
      const cart = { cartId: randomUUID(), version: 1, items, taken: [] }
      carts.set(userId, cart)
      return cart
    },
    itemsOf: (userId: string) => carts.get(userId)?.items ?? [],
    reset() {
      Object.assign(moods, { checkout: 'up', ordered: 'up' })
      version.isOld = false
      before.checkout = undefined
      before.answer = undefined
    },
  }
}

function takeOut(items: Line[], ordered: { productId: string; quantity: number }[]): Line[] {
  const takenOf = (productId: string) => ordered.find((line) => line.productId === productId)?.quantity ?? 0
  return items
    .map((line) => ({ ...line, quantity: line.quantity - takenOf(line.productId) }))
    .filter(({ quantity }) => quantity > 0)
}
