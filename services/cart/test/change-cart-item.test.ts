import { randomUUID } from 'node:crypto'
import { changeProduct, guestWith, lineOf, newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.product.mood = 'up'
})

async function userWithLine(quantity: number, stock = 10) {
  const user = newUser(shop)
  const productId = stockProduct(shop, { stock, price: 10 })
  const lineId = lineOf(await user.add(productId, quantity).expect(200), productId).id
  return { user, productId, lineId }
}

describe('setting a quantity', () => {
  it('sets it, up and down, and the totals with it', async () => {
    const { user, productId, lineId } = await userWithLine(2)
    const more = await user.change(lineId, { quantity: 7 }).expect(200)
    expect(lineOf(more, productId)).toMatchObject({ id: lineId, quantity: 7, subtotal: 70 })
    expect(more.body.cart).toMatchObject({ itemCount: 7, totalAmount: 70, verified: true })
    const fewer = await user.change(lineId, { quantity: 1 }).expect(200)
    expect(fewer.body.cart).toMatchObject({ itemCount: 1, totalAmount: 10 })
    const [row] = await shop.rows('SELECT version, item_count, total_amount FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ version: 3, item_count: 1, total_amount: '10.00' })
  })

  it('changes nothing the second time', async () => {
    const { user, lineId } = await userWithLine(2)
    const first = await user.change(lineId, { quantity: 3 }).expect(200)
    const second = await user.change(lineId, { quantity: 3 }).expect(200)
    expect(second.body).toEqual(first.body)
    const [row] = await shop.rows('SELECT version FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ version: 2 })
  })

  it('says how many there are where more are wanted', async () => {
    const { user, productId, lineId } = await userWithLine(5)
    const { body } = await user.change(lineId, { quantity: 11 }).expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 10, productId })
    changeProduct(shop, productId, { stock: 2 })
    expect((await user.change(lineId, { quantity: 3 }).expect(409)).body.available).toBe(2)
    await user.change(lineId, { quantity: 2 }).expect(200)
    changeProduct(shop, productId, { onSale: false })
    expect((await user.change(lineId, { quantity: 1 }).expect(409)).body.available).toBe(0)
  })

  it.each([{ quantity: 0 }, { quantity: -1 }, { quantity: '2' }, { quantity: 10_001 }, {}])(
    'answers 400 to %j',
    async (body) => {
      const { user, productId, lineId } = await userWithLine(2)
      expect((await user.change(lineId, body).expect(400)).body.errors[0].path).toBe('quantity')
      expect(lineOf(await user.read(), productId).quantity).toBe(2)
    },
  )

  it("answers 404 to another's line, one that is gone and an id that is none, whatever the body", async () => {
    const { lineId } = await userWithLine(2)
    const other = await userWithLine(1)
    const { shopper } = await guestWith(shop, [[stockProduct(shop), 1]])
    for (const body of [{ quantity: 1 }, { quantity: 0 }]) {
      expect((await other.user.change(lineId, body).expect(404)).body.code).toBe('not_found')
      await shopper.change(lineId, body).expect(404)
      await newUser(shop).change(lineId, body).expect(404)
      await other.user.change(randomUUID(), body).expect(404)
      await other.user.change('first', body).expect(404)
    }
  })

  it('lets a guest change their own', async () => {
    const productId = stockProduct(shop)
    const { shopper } = await guestWith(shop, [[productId, 1]])
    const { id } = lineOf(await shopper.read(), productId)
    expect(lineOf(await shopper.change(id, { quantity: 4 }).expect(200), productId).quantity).toBe(4)
  })

  it('lets a quantity shrink while product is down, but not grow', async () => {
    const { user, lineId } = await userWithLine(4)
    shop.passTime()
    shop.product.mood = 'down'
    await user.change(lineId, { quantity: 5 }).expect(503)
    const { body } = await user.change(lineId, { quantity: 3 }).expect(200)
    expect(body.cart).toMatchObject({ itemCount: 3, totalAmount: 30, verified: false })
  })

  it('ends at one of two quantities that are set at once', async () => {
    const { user, productId, lineId } = await userWithLine(1)
    await Promise.all([
      user.change(lineId, { quantity: 3 }).expect(200),
      user.change(lineId, { quantity: 8 }).expect(200),
      user.add(stockProduct(shop)).expect(200),
    ])
    const answer = await user.read()
    expect([3, 8]).toContain(lineOf(answer, productId).quantity)
    expect(answer.body.cart.items).toHaveLength(2)
  })
})
