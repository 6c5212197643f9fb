import { setImmediate } from 'node:timers/promises'
import { eventually } from '@duka/testkit'
import { expireDueOrders } from '../src/expire-orders'
import { makeGate } from './mood'
import { type Customer, expectJobs, newCustomer, runJobs, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

async function onlyOrderOf({ id }: Customer) {
  const orders = await shop.rows<{ id: string; status: string }>('SELECT id, status FROM orders WHERE user_id = $1', [
    id,
  ])
  expect(orders).toHaveLength(1)
  return orders[0]!
}

async function expectNothingShown(customer: Customer, orderId: string): Promise<void> {
  expect((await customer.get('').expect(200)).body).toMatchObject({ orders: [], totalOrders: 0 })
  await customer.get(`/${orderId}`).expect(404)
  await customer.get(`/${orderId}/history`).expect(404)
  await customer.cancel(orderId).expect(404)
}

describe('when the stock cannot be held', () => {
  it('gives the loser of the last piece product’s answer, and hides the order', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 1 })
    shop.product.before.reserve = async () => shop.product.change(productId, { stock: 0 })
    const { body } = await customer.place({ items: [{ productId, quantity: 1 }] }).expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 0, productId })
    const { id, status } = await onlyOrderOf(customer)
    expect(status).toBe('rejected')
    await expectNothingShown(customer, id)
  })

  it('lets one of two buyers have the last piece', async () => {
    const productId = shop.product.add({ stock: 1 })
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => newCustomer(shop).place({ items: [{ productId, quantity: 1 }] })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
    for (const { body } of answers) if (body.code) expect(body.code).toBe('insufficient_stock')
    expect([shop.product.stockOf(productId), shop.product.standing(productId)]).toEqual([0, 1])
  })

  it('refuses a price that moved after it was checked', async () => {
    const productId = shop.product.add({ price: 100 })
    shop.product.before.reserve = async () => shop.product.change(productId, { price: 120 })
    const { body } = await newCustomer(shop)
      .place({ items: [{ productId, quantity: 1 }] })
      .expect(409)
    expect(body).toMatchObject({ code: 'price_changed', items: [{ productId, price: 120 }] })
  })

  it('gives up by its id an attempt that was refused, so that nothing can hold for it later', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 1 })
    shop.product.before.reserve = async () => shop.product.change(productId, { stock: 0 })
    await customer.place({ items: [{ productId, quantity: 1 }] }).expect(409)
    const { id } = await onlyOrderOf(customer)
    await runJobs(shop, id)
    expect(shop.product.statusOf(id)).toBe('released')
  })
})

describe('when product does not answer', () => {
  it.each(['silent', 'cut'] as const)(
    '(%s) it may have held the stock: it is given back, then comes the 503',
    async (mood) => {
      const customer = newCustomer(shop)
      const productId = shop.product.add({ stock: 3 })
      shop.product.moods.reserve = mood
      const answer = await customer.place({ items: [{ productId, quantity: 2 }] }).expect(503)
      expect(answer.body.code).toBe('order_not_placed')
      expect(Number(answer.get('retry-after'))).toBeGreaterThan(0)
      const { id, status } = await onlyOrderOf(customer)
      expect(status).toBe('rejected')
      expect(shop.product.statusOf(id)).toBe('released')
      expect(shop.product.stockOf(productId)).toBe(3)
      await expectJobs(shop, id, [])
      await expectNothingShown(customer, id)
    },
  )

  it('gives the stock back by a job where it cannot at once', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 3 })
    Object.assign(shop.product.moods, { reserve: 'silent', release: 'down' })
    await customer.place({ items: [{ productId, quantity: 2 }] }).expect(503)
    const { id } = await onlyOrderOf(customer)
    expect(shop.product.stockOf(productId)).toBe(1)
    await expectJobs(shop, id, [{ task: 'release-stock', key: `release-stock:${id}:1` }])
    shop.reset()
    await runJobs(shop, id)
    expect(shop.product.stockOf(productId)).toBe(3)
    await expectJobs(shop, id, [])
  })

  it('a reserve that arrives after its release holds nothing', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 3 })
    const late = makeGate()
    shop.product.before.reserve = () => late.opened
    await customer.place({ items: [{ productId, quantity: 2 }] }).expect(503)
    const { id } = await onlyOrderOf(customer)
    expect(shop.product.statusOf(id)).toBe('released')
    late.open()
    await setImmediate()
    expect(shop.product.stockOf(productId)).toBe(3)
  })

  it('can be ordered again with the same key, as a new order', async () => {
    const customer = newCustomer(shop)
    const items = [{ productId: shop.product.add({ stock: 3 }), quantity: 2 }]
    const key = { 'idempotency-key': 'after-a-silence' }
    shop.product.moods.reserve = 'silent'
    await customer.place({ items }, key).expect(503)
    shop.reset()
    const { body } = await customer.place({ items }, key).expect(201)
    const replay = await customer.place({ items }, key).expect(201)
    expect(replay.body).toEqual(body)
    expect(replay.get('idempotency-replayed')).toBe('true')
    expect((await customer.get('').expect(200)).body.totalOrders).toBe(1)
  })
})

describe('an order whose process died while it was placed', () => {
  /** As it lies there when the process dies right after product held the stock. */
  async function abandoned(minutesAgo: number) {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 5 })
    const { body } = await customer.place({ items: [{ productId, quantity: 2 }] }).expect(201)
    const { id } = body.order
    const sql = `UPDATE orders SET status = 'placing', created_at = now() - make_interval(mins => $2) WHERE id = $1`
    await shop.rows(sql, [id, minutesAgo])
    return { customer, productId, id }
  }

  it('is closed by the sweep and its stock given back', async () => {
    const { customer, productId, id } = await abandoned(2)
    await expectNothingShown(customer, id)
    await expireDueOrders(shop.deps)
    expect((await onlyOrderOf(customer)).status).toBe('rejected')
    expect(shop.product.stockOf(productId)).toBe(5)
    expect(shop.payment.asked).not.toContain(id)
  })

  it('is left alone while it may still be at work', async () => {
    const { customer, productId } = await abandoned(0)
    await expireDueOrders(shop.deps)
    expect((await onlyOrderOf(customer)).status).toBe('placing')
    expect(shop.product.stockOf(productId)).toBe(3)
  })

  it('closed while product still worked on it, it gives back what that held and says that it was not placed', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 5 })
    shop.product.before.reserve = async () => {
      await shop.rows(`UPDATE orders SET created_at = now() - interval '2 minutes' WHERE user_id = $1`, [customer.id])
      shop.product.before.reserve = undefined
      await expireDueOrders(shop.deps)
    }
    const { body } = await customer.place({ items: [{ productId, quantity: 2 }] }).expect(503)
    expect(body.code).toBe('order_not_placed')
    expect((await onlyOrderOf(customer)).status).toBe('rejected')
    await eventually('the stock to be back', async () => shop.product.stockOf(productId) === 5)
  })
})
