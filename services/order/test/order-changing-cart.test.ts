import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { emptyCartLater } from '../src/empty-cart'
import { makeGate } from './mood'
import { type Customer, newCustomer, type Order, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  // What waits at a gate is not to be given up on a slow machine.
  shop = await startShop({ timeoutMs: 20_000 })
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

type Cart = ReturnType<Shop['cart']['fill']>

/** Somebody with one piece of p in the cart; q comes later. */
function customerWithCart({ stock = 10 } = {}) {
  const customer = newCustomer(shop)
  const [p, q] = [shop.product.add({ stock }), shop.product.add()] as [string, string]
  const cart = shop.cart.fill(customer.id, [{ productId: p, quantity: 1, price: 1500 }])
  return { customer, cart, p, q }
}

/** The customer puts in some more, or sets how many there are. */
function putIn(cart: Cart, productId: string, quantity: number): void {
  cart.items = [...cart.items.filter((line) => line.productId !== productId), { productId, quantity, price: 1500 }]
  cart.version += 1
}

async function ordered(customer: Customer, headers?: Record<string, string>): Promise<Order> {
  return (await customer.place({}, headers).expect(201)).body.order
}

const withKey = (key: string | undefined): Record<string, string> => (key ? { 'idempotency-key': key } : {})

const piecesOf = ({ items }: Pick<Order, 'items'>) =>
  Object.fromEntries(items.map(({ productId, quantity }) => [productId, quantity]))

/** The jobs that take the orders out of their cart are done late. */
async function emptyCarts(...orders: Order[]): Promise<void> {
  shop.cart.moods.ordered = 'up'
  for (const { id } of orders) await emptyCartLater(shop.deps, id)
}

describe('a cart that changes after it was ordered, and before it is emptied', () => {
  beforeEach(() => {
    shop.cart.moods.ordered = 'down'
  })

  it.each([undefined, 'key'])('is ordered again without what was ordered (%s)', async (key) => {
    const { customer, cart, p, q } = customerWithCart()
    const first = await ordered(customer)
    putIn(cart, q, 3)
    const headers = withKey(key)
    const second = await ordered(customer, headers)
    expect([piecesOf(first), piecesOf(second)]).toEqual([{ [p]: 1 }, { [q]: 3 }])
    if (key) expect(await ordered(customer, headers)).toEqual(second)
    expect([shop.product.stockOf(p), shop.product.stockOf(q)]).toEqual([9, 7])
    await emptyCarts(first, second)
    expect(cart.items).toEqual([])
  })

  it('has the pieces more of a line that grew', async () => {
    const { customer, cart, p } = customerWithCart()
    const first = await ordered(customer)
    putIn(cart, p, 3)
    const second = await ordered(customer)
    expect(piecesOf(second)).toEqual({ [p]: 2 })
    await emptyCarts(second, first)
    expect(cart.items).toEqual([])
  })

  it('is ordered a third time without what the first two took', async () => {
    const { customer, cart, p, q } = customerWithCart()
    await ordered(customer)
    putIn(cart, q, 1)
    await ordered(customer)
    putIn(cart, p, 2)
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1 })
  })

  it('without anything new in it is answered with the order that has it', async () => {
    const { customer, cart, p, q } = customerWithCart()
    const first = await ordered(customer)
    putIn(cart, q, 1)
    const second = await ordered(customer)
    putIn(cart, p, 1)
    cart.items = cart.items.filter(({ productId }) => productId === p)
    expect((await ordered(customer)).id).toBe(first.id)
    putIn(cart, q, 1)
    expect((await ordered(customer)).id).toBe(second.id)
  })

  it('is ordered without what a cancelled order takes out yet, and not anew unasked', async () => {
    const { customer, cart, q } = customerWithCart()
    const first = await ordered(customer)
    await customer.cancel(first.id).expect(200)
    cart.version += 1
    const { body } = await customer.place({}).expect(409)
    expect(body).toMatchObject({ code: 'cart_already_ordered', orderId: first.id })
    putIn(cart, q, 2)
    const second = await ordered(customer)
    expect(piecesOf(second)).toEqual({ [q]: 2 })
    await emptyCarts(first, second)
    expect(cart.items).toEqual([])
  })

  it('is ordered without what holds the last pieces', async () => {
    const { customer, cart, q } = customerWithCart({ stock: 1 })
    await ordered(customer)
    putIn(cart, q, 2)
    expect(piecesOf(await ordered(customer, withKey(randomUUID())))).toEqual({ [q]: 2 })
  })

  it('is ordered without what costs something else by now', async () => {
    const { customer, cart, p, q } = customerWithCart()
    await ordered(customer)
    shop.product.change(p, { price: 1600 })
    putIn(cart, q, 2)
    expect(piecesOf(await ordered(customer))).toEqual({ [q]: 2 })
  })

  it('is refused for what is new in it', async () => {
    const { customer, cart, q } = customerWithCart()
    await ordered(customer)
    putIn(cart, q, 11)
    expect((await customer.place({}).expect(409)).body).toMatchObject({ code: 'insufficient_stock', productId: q })
  })

  it('is ordered whole where another cart took its place', async () => {
    const { customer, p } = customerWithCart()
    await ordered(customer)
    shop.cart.fill(customer.id, [{ productId: p, quantity: 1, price: 1500 }])
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1 })
  })

  it('is not ordered while cart does not say what is in it', async () => {
    const { customer, cart, q } = customerWithCart()
    await ordered(customer)
    putIn(cart, q, 1)
    shop.cart.before.answer = async () => {
      shop.cart.moods.checkout = 'down'
    }
    await customer.place({}).expect(503)
    shop.cart.moods.checkout = 'up'
    shop.cart.before.answer = undefined
    expect(piecesOf(await ordered(customer))).toEqual({ [q]: 1 })
  })

  it('is ordered as it stands where an older cart service cannot tell', async () => {
    const { customer, cart, p, q } = customerWithCart()
    shop.cart.version.isOld = true
    await ordered(customer)
    putIn(cart, q, 1)
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1, [q]: 1 })
    shop.cart.version.isOld = false
    putIn(cart, q, 3)
    expect(piecesOf(await ordered(customer))).toEqual({ [q]: 2 })
  })
})

describe('a cart that changes while it is being ordered', () => {
  /** The first order waits for its stock until the gate is opened. */
  async function orderSlowly(customer: Customer) {
    const gate = makeGate()
    let isAsked = false
    shop.product.before.reserve = async () => {
      if (isAsked) return
      isAsked = true
      await gate.opened
    }
    const answer = customer.place({}).then((done) => done)
    await eventually('the first order to ask for its stock', async () => isAsked)
    return { answer, gate }
  }

  it('is ordered again without what is being ordered', async () => {
    const { customer, cart, p, q } = customerWithCart()
    const first = await orderSlowly(customer)
    putIn(cart, q, 3)
    const second = await ordered(customer)
    first.gate.open()
    expect(piecesOf((await first.answer).body.order)).toEqual({ [p]: 1 })
    expect(piecesOf(second)).toEqual({ [q]: 3 })
    expect(shop.product.standing(p)).toBe(1)
    expect(cart.items).toEqual([])
  })

  it('keeps what the first order then does not get', async () => {
    const { customer, cart, p, q } = customerWithCart()
    const first = await orderSlowly(customer)
    putIn(cart, q, 3)
    expect(piecesOf(await ordered(customer))).toEqual({ [q]: 3 })
    shop.product.change(p, { stock: 0 })
    first.gate.open()
    expect((await first.answer).status).toBe(409)
    expect(cart.items).toEqual([{ productId: p, quantity: 1, price: 1500 }])
    shop.product.change(p, { stock: 1 })
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1 })
  })

  it('is ordered whole once the first order was refused', async () => {
    const { customer, cart, p, q } = customerWithCart()
    shop.product.moods.reserve = 'down'
    await customer.place({}).expect(503)
    shop.product.moods.reserve = 'up'
    putIn(cart, q, 3)
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1, [q]: 3 })
  })

  it('is one order where the older state comes later', async () => {
    const { customer, cart, p, q } = customerWithCart()
    const gate = makeGate()
    let isAsked = false
    shop.product.before.check = async () => {
      if (isAsked) return
      isAsked = true
      await gate.opened
    }
    const late = customer.place({}).then((answer) => answer)
    await eventually('the older state to be looked up', async () => isAsked)
    shop.cart.moods.ordered = 'down'
    putIn(cart, q, 3)
    const order = await ordered(customer)
    gate.open()
    expect((await late).body.order.id).toBe(order.id)
    expect(piecesOf(order)).toEqual({ [p]: 1, [q]: 3 })
    expect(shop.product.standing(p)).toBe(1)
  })

  it('and is emptied before it is looked at again, is answered with the order', async () => {
    const { customer, cart } = customerWithCart()
    shop.cart.moods.ordered = 'down'
    const first = await ordered(customer)
    cart.version += 1
    shop.product.before.check = async () => {
      Object.assign(cart, { items: [], taken: [first.id] })
    }
    expect((await ordered(customer)).id).toBe(first.id)
    expect((await customer.place({}).expect(400)).body.code).toBe('cart_empty')
  })

  it('and is cleared by the customer, is empty', async () => {
    const { customer, cart } = customerWithCart()
    shop.product.moods.reserve = 'down'
    await customer.place({}).expect(503)
    shop.product.moods.reserve = 'up'
    shop.product.before.check = async () => {
      cart.items = []
    }
    cart.version += 1
    expect((await customer.place({}).expect(400)).body.code).toBe('cart_empty')
  })

  it.each([undefined, 'keys'])('by many at once, is ordered exactly (%s)', async (keys) => {
    const { customer, cart, p } = customerWithCart({ stock: 1000 })
    shop.cart.moods.ordered = 'down'
    const count = 6
    let asked = 0
    const allAsked = makeGate()
    shop.product.before.check = () => {
      asked += 1
      if (asked === count) allAsked.open()
      return allAsked.opened
    }
    const calls = []
    for (let n = 1; n <= count; n++) {
      putIn(cart, p, n)
      const handed = shop.cart.handedOver()
      calls.push(customer.place({}, withKey(keys && `${keys}-${n}`)).then((answer) => answer))
      await eventually('the cart to be handed over', async () => shop.cart.handedOver() > handed)
    }
    const answers = await Promise.all(calls)
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    const orders = new Map(answers.map(({ body }) => [body.order.id, body.order as Order]))
    const pieces = [...orders.values()].map((order) => piecesOf(order)[p] ?? 0)
    expect(pieces.reduce((sum, quantity) => sum + quantity, 0)).toBe(count)
    await emptyCarts(...orders.values())
    expect(cart.items).toEqual([])
  })
})

describe('what is known of the orders in a cart', () => {
  const listed = async ({ id }: Customer) =>
    (await shop.rows<{ order_ids: string[] }>('SELECT order_ids FROM orders_in_cart WHERE user_id = $1', [id]))[0]
      ?.order_ids

  it('costs no further call while carts are emptied in time, and is forgotten', async () => {
    const { customer, cart, p } = customerWithCart()
    const before = shop.cart.handedOver()
    for (let n = 1; n <= 5; n++) {
      const { id } = await ordered(customer)
      expect(await listed(customer)).toEqual([id])
      expect(shop.cart.handedOver()).toBe(before + n)
      putIn(cart, p, 1)
    }
  })

  it('forgets what was refused, and what never came to be', async () => {
    const { customer, cart, p } = customerWithCart()
    shop.product.moods.reserve = 'down'
    await customer.place({}).expect(503)
    shop.product.moods.reserve = 'up'
    await shop.rows('UPDATE orders_in_cart SET order_ids = order_ids || $2::uuid WHERE user_id = $1', [
      customer.id,
      randomUUID(),
    ])
    const { id } = await ordered(customer)
    expect(await listed(customer)).toEqual([id])
    expect(cart.items).toEqual([])
    expect(shop.product.standing(p)).toBe(1)
  })

  it('asks cart for more than the newest', async () => {
    const { customer, cart, p } = customerWithCart()
    const { id } = await ordered(customer)
    cart.taken = [id, ...Array.from({ length: 20 }, () => randomUUID())]
    putIn(cart, p, 1)
    const before = shop.cart.handedOver()
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1 })
    expect(shop.cart.handedOver()).toBe(before + 2)
  })

  it('does not concern an order of items', async () => {
    const { customer, cart, p } = customerWithCart()
    shop.cart.moods.ordered = 'down'
    await ordered(customer)
    await customer.place({ items: [{ productId: p, quantity: 1 }] }).expect(201)
    cart.version += 1
    expect(piecesOf(await ordered(customer))).toEqual({ [p]: 1 })
    expect(await listed(customer)).toHaveLength(1)
  })

  it('gives up where a cart is ordered all the time', async () => {
    const { customer, cart, q } = customerWithCart({ stock: 1000 })
    shop.product.change(q, { stock: 1000 })
    shop.cart.moods.ordered = 'down'
    await ordered(customer)
    let isNested = false
    let n = 1
    shop.product.before.check = async () => {
      if (isNested) return
      isNested = true
      putIn(cart, q, ++n)
      await ordered(customer)
      putIn(cart, q, ++n)
      isNested = false
    }
    putIn(cart, q, 1)
    const answer = await customer.place({}).expect(503)
    expect(answer.body.code).toBe('order_busy')
    expect(answer.get('retry-after')).toBe('1')
  })
})
