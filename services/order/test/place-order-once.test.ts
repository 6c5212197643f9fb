import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { makeGate } from './mood'
import { expectJobs, newCustomer, runJobs, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const withKey = (key: string) => ({ 'idempotency-key': key })

function customerWithItems(stock = 10) {
  const customer = newCustomer(shop)
  const productId = shop.product.add({ stock })
  return { customer, productId, items: [{ productId, quantity: 1 }] }
}

function customerWithCart(stock = 10) {
  const { customer, productId } = customerWithItems(stock)
  const cart = shop.cart.fill(customer.id, [{ productId, quantity: 1, price: 1500 }])
  return { customer, productId, cart }
}

describe('the same Idempotency-Key', () => {
  it('gives the first answer again, bare or quoted, in whatever order the fields come', async () => {
    const { customer, productId, items } = customerWithItems()
    const first = await customer.place({ items, notes: 'a' }, withKey('k-1')).expect(201)
    expect(first.get('idempotency-replayed')).toBeUndefined()
    for (const key of ['k-1', '"k-1"', ' k-1 ']) {
      const again = await customer.place({ notes: 'a', items }, withKey(key)).expect(201)
      expect(again.body).toEqual(first.body)
      expect(again.get('idempotency-replayed')).toBe('true')
    }
    expect(shop.product.stockOf(productId)).toBe(9)
  })

  it('with another body is 422', async () => {
    const { customer, items } = customerWithItems()
    await customer.place({ items }, withKey('k-2')).expect(201)
    const { body } = await customer.place({ items, notes: 'b' }, withKey('k-2')).expect(422)
    expect(body.code).toBe('idempotency_key_reused')
  })

  it('of somebody else is another key', async () => {
    const [one, other] = [customerWithItems(), customerWithItems()]
    const first = await one.customer.place({ items: one.items }, withKey('shared')).expect(201)
    const second = await other.customer.place({ items: other.items }, withKey('shared')).expect(201)
    expect(second.body.order.id).not.toBe(first.body.order.id)
  })

  it('while the first call runs is 409 with Retry-After, and no second order', async () => {
    const { customer, productId, items } = customerWithItems()
    const gate = makeGate()
    shop.product.before.check = () => gate.opened
    const first = customer.place({ items }, withKey('k-3')).then((answer) => answer)
    await eventually(
      'the key to be claimed',
      async () => (await shop.rows('SELECT 1 FROM idempotency_keys WHERE user_id = $1', [customer.id])).length > 0,
    )
    const second = await customer.place({ items }, withKey('k-3')).expect(409)
    expect(second.body.code).toBe('request_in_progress')
    expect(Number(second.get('retry-after'))).toBeGreaterThan(0)
    gate.open()
    expect((await first).status).toBe(201)
    expect(shop.product.stockOf(productId)).toBe(9)
  })

  it('replays a conflict, and frees itself on anything that was not executed', async () => {
    const { customer, productId, items } = customerWithItems(0)
    await customer.place({ items }, withKey('k-4')).expect(409)
    shop.product.change(productId, { stock: 5 })
    const replay = await customer.place({ items }, withKey('k-4')).expect(409)
    expect(replay.body.code).toBe('insufficient_stock')
    expect(replay.get('idempotency-replayed')).toBe('true')
    shop.product.moods.check = 'down'
    await customer.place({ items }, withKey('k-5')).expect(503)
    shop.reset()
    await customer.place({ items }, withKey('k-5')).expect(201)
  })

  it.each(['', 'a b', 'x'.repeat(256), 'ä'])('answers 400 to a key like %j', async (key) => {
    const { customer, items } = customerWithItems()
    const { body } = await customer.place({ items }, withKey(key)).expect(400)
    expect(body.errors[0].path).toBe('Idempotency-Key')
  })

  it.each(['placing', 'pending'])('takes over where its first process died with the order %s', async (status) => {
    const { customer, productId, items } = customerWithItems()
    const first = await customer.place({ items }, withKey('k-6')).expect(201)
    await shop.rows('UPDATE orders SET status = $2 WHERE id = $1', [first.body.order.id, status])
    await shop.rows(
      `UPDATE idempotency_keys SET status = NULL, body = NULL, locked_until = now() - interval '1 second'
       WHERE user_id = $1`,
      [customer.id],
    )
    const second = await customer.place({ items }, withKey('k-6')).expect(201)
    expect(second.body.order).toMatchObject({ id: first.body.order.id, status: 'pending' })
    expect(second.get('idempotency-replayed')).toBeUndefined()
    expect(shop.product.stockOf(productId)).toBe(9)
    expect((await customer.place({ items }, withKey('k-6')).expect(201)).get('idempotency-replayed')).toBe('true')
  })
})

describe('the same state of a cart', () => {
  it('ordered twice gives the first order again, and is taken out once', async () => {
    const { customer, productId, cart } = customerWithCart()
    const before = structuredClone(cart)
    const first = await customer.place({}).expect(201)
    // As the second tab's request found it, a moment earlier.
    Object.assign(cart, before)
    const second = await customer.place({ notes: 'again' }).expect(201)
    expect(second.body.order).toEqual(first.body.order)
    expect(shop.product.stockOf(productId)).toBe(9)
    expect(shop.cart.emptied.filter((id) => id === first.body.order.id)).toHaveLength(1)
  })

  it.each([undefined, 'key'])('ordered by several at once is one order (%s)', async (key) => {
    const { customer, productId } = customerWithCart(1)
    // All see the cart as it was before the first of them is done.
    let asked = 0
    const allAsked = makeGate()
    shop.cart.before.checkout = () => {
      asked += 1
      if (asked === 4) allAsked.open()
      return allAsked.opened
    }
    const calls = [1, 2, 3, 4].map((n) => customer.place({}, key ? withKey(`${key}-${n}`) : {}))
    const answers = await Promise.all(calls)
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect(new Set(answers.map(({ body }) => body.order.id)).size).toBe(1)
    expect(shop.product.standing(productId)).toBe(1)
    expect((await customer.get('').expect(200)).body.totalOrders).toBe(1)
  })

  it.each([undefined, 'late'])('ordered once more when its last piece is held is the first order (%s)', async (key) => {
    const { customer, productId } = customerWithCart(1)
    // The cart is emptied late, so that the second call still sees it.
    shop.cart.moods.ordered = 'down'
    const first = await customer.place({}).expect(201)
    expect(shop.product.stockOf(productId)).toBe(0)
    const second = await customer.place({}, key ? withKey(key) : {}).expect(201)
    expect(second.body.order.id).toBe(first.body.order.id)
    expect(shop.product.standing(productId)).toBe(1)
  })

  it('can be ordered again after its order was refused', async () => {
    const { customer, productId } = customerWithCart()
    shop.product.moods.reserve = 'silent'
    await customer.place({}).expect(503)
    shop.reset()
    const { body } = await customer.place({}).expect(201)
    expect(body.order.status).toBe('pending')
    expect(shop.product.stockOf(productId)).toBe(9)
  })

  it('never holds stock for an order that another call gave up meanwhile', async () => {
    const { customer, productId } = customerWithCart(1)
    // The first call is refused; before the second one asks for the same attempt, a piece comes back.
    let asked = 0
    const refused = makeGate()
    shop.product.before.reserve = async () => {
      asked += 1
      if (asked === 1) {
        await eventually('both to ask', async () => asked === 2)
        shop.product.change(productId, { stock: 0 })
      } else await refused.opened
    }
    const first = customer.place({}).then((answer) => answer)
    await eventually('the first to ask', async () => asked === 1)
    const second = customer.place({}).then((answer) => answer)
    expect((await first).status).toBe(409)
    shop.product.change(productId, { stock: 1 })
    refused.open()
    expect((await second).body.code).toBe('order_not_placed')
    const [order] = await shop.rows<{ id: string; status: string }>(
      'SELECT id, status FROM orders WHERE user_id = $1',
      [customer.id],
    )
    expect(order?.status).toBe('rejected')
    await runJobs(shop, order!.id)
    expect([shop.product.standing(productId), shop.product.stockOf(productId)]).toEqual([0, 1])
  })

  it('whose order was cancelled before the cart was emptied is not sold as placed', async () => {
    const { customer } = customerWithCart()
    shop.cart.moods.ordered = 'down'
    const { body } = await customer.place({}).expect(201)
    await customer.cancel(body.order.id).expect(200)
    const again = await customer.place({}).expect(409)
    expect(again.body).toMatchObject({ code: 'cart_already_ordered', orderId: body.order.id })
  })
})

describe('emptying the cart', () => {
  it('is done by a job where cart is down', async () => {
    const { customer } = customerWithCart()
    shop.cart.moods.ordered = 'down'
    const { body } = await customer.place({}).expect(201)
    const { id } = body.order
    expect(shop.cart.itemsOf(customer.id)).toHaveLength(1)
    await expectJobs(shop, id, [{ task: 'empty-cart', key: `empty-cart:${id}` }])
    await runJobs(shop, id)
    await expectJobs(shop, id, [{ task: 'empty-cart' }])
    shop.reset()
    await runJobs(shop, id)
    expect(shop.cart.itemsOf(customer.id)).toEqual([])
    await expectJobs(shop, id, [])
    expect(shop.cart.emptied.filter((orderId) => orderId === id)).toHaveLength(1)
  })

  it('waits for no answer of cart: the order stands', async () => {
    const { customer } = customerWithCart()
    shop.cart.moods.ordered = 'silent'
    const { body } = await customer.place({}).expect(201)
    shop.reset()
    await runJobs(shop, body.order.id)
    expect(shop.cart.emptied.filter((id) => id === body.order.id)).toHaveLength(1)
  })
})

it('two orders never share a number', async () => {
  const { customer, items } = customerWithItems()
  const { body } = await customer.place({ items }).expect(201)
  const copy = shop.rows(
    `INSERT INTO orders SELECT (o).* FROM (SELECT jsonb_populate_record(o, jsonb_build_object('id', $2::uuid)) AS o
     FROM orders o WHERE id = $1) AS copied`,
    [body.order.id, randomUUID()],
  )
  await expect(copy).rejects.toMatchObject({ parent: { constraint: 'orders_order_number_key' } })
})
