import { randomUUID } from 'node:crypto'
import { emptyCart } from '../src/cart'
import { type CartStore, createCartStore } from '../src/cart-store'
import { newLine } from '../src/line'
import type { Change } from '../src/save-cart'
import { type Shop, startShop } from './support'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

const offer = { onSale: true, available: 10, name: 'Kikoi', price: 149_950, imageUrl: null }
const tomorrow = () => new Date(Date.now() + 86_400_000)

/** A cart with one line, for a user who has none. */
function newCart(userId: string = randomUUID()): Change & { owner: { userId: string } } {
  const line = { ...newLine(randomUUID(), offer), quantity: 1 }
  return { cart: emptyCart(), lines: [line], expiresAt: tomorrow(), owner: { userId } }
}

async function more(store: CartStore, userId: string): Promise<Change> {
  const cart = (await store.find({ userId }))!
  const lines = cart.lines.map((line) => ({ ...line, quantity: line.quantity + 1 }))
  return { cart, lines, expiresAt: tomorrow(), owner: { userId } }
}

describe('keeping carts', () => {
  it('saves each of many changes for itself: one that comes too late keeps no other from being saved', async () => {
    const { carts } = shop.deps
    const made = Array.from({ length: 12 }, () => newCart())
    expect(await Promise.all(made.map((change) => carts.save(change)))).toEqual(made.map(() => true))
    const changes = await Promise.all(made.map(({ owner }) => more(carts, owner.userId)))
    expect(await carts.save(changes[5]!)).toBe(true)
    const saved = await Promise.all(changes.map((change) => carts.save(change)))
    expect(saved).toEqual(changes.map((_, index) => index !== 5))
    const after = await Promise.all(made.map(({ owner }) => carts.find(owner)))
    expect(after.map((cart) => [cart?.version, cart?.lines[0]?.quantity])).toEqual(made.map(() => [2, 2]))
  })

  it('saves the others where one of them cannot be', async () => {
    const { carts } = shop.deps
    const made = Array.from({ length: 6 }, () => newCart())
    const broken = { ...made[3]!, lines: made[3]!.lines.map((line) => ({ ...line, quantity: -1 })) }
    const tries = made.map((change, index) => carts.save(index === 3 ? broken : change))
    const results = await Promise.allSettled(tries)
    expect(results.map(({ status }) => status)).toEqual(
      made.map((_, index) => (index === 3 ? 'rejected' : 'fulfilled')),
    )
    const found = await Promise.all(made.map(({ owner }) => carts.find(owner)))
    expect(found.map((cart) => cart?.lines.length ?? 0)).toEqual(made.map((_, index) => (index === 3 ? 0 : 1)))
  })

  it('makes one cart of two that instances make for a user at the same moment', async () => {
    const other = createCartStore(shop.deps.database)
    const users = Array.from({ length: 20 }, () => randomUUID())
    const here = users.map((userId) => shop.deps.carts.save(newCart(userId)))
    const there = [...users].reverse().map((userId) => other.save(newCart(userId)))
    const [first, second] = await Promise.all([Promise.all(here), Promise.all(there)])
    second.reverse()
    expect(first.map((saved, index) => [saved, second[index]].filter(Boolean).length)).toEqual(users.map(() => 1))
  })

  it('gives way where two wait for each other: nothing was saved, and it can be tried anew', async () => {
    const { carts, database } = shop.deps
    const [one, two] = [newCart(), newCart()]
    await carts.save(one)
    await carts.save(two)
    const joining = (await carts.find(two.owner))!
    const merge = { ...(await more(carts, one.owner.userId)), joining }
    const saved = await database.transaction(async (transaction) => {
      // Whoever looks for a deadlock first ends itself: not this one.
      await database.query("SET LOCAL deadlock_timeout = '60s'", { transaction })
      await carts.lock(two.owner, transaction)
      // It holds the first cart and waits for the second.
      const merging = carts.save(merge)
      await untilLocked(one.owner.userId)
      await carts.lock(one.owner, transaction)
      return merging
    })
    expect(saved).toBe(false)
    expect((await carts.find(one.owner))?.version).toBe(1)
    expect(await carts.save(merge)).toBe(true)
  })
})

async function untilLocked(userId: string): Promise<void> {
  for (;;) {
    const free = await shop.rows('SELECT 1 FROM carts WHERE user_id = $1 FOR UPDATE SKIP LOCKED', [userId])
    if (free.length === 0) return
  }
}
