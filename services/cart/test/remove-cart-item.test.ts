import { changeProduct, guest, guestWith, lineOf, newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.product.mood = 'up'
})

describe('taking a line out', () => {
  it('takes it out, and the second time it is not there', async () => {
    const user = newUser(shop)
    const [gone, kept] = [stockProduct(shop), stockProduct(shop, { price: 5 })]
    const { id } = lineOf(await user.add(gone).expect(200), gone)
    await user.add(kept, 2).expect(200)
    const { body } = await user.remove(id).expect(200)
    expect(body.cart).toMatchObject({ itemCount: 2, totalAmount: 10, verified: true })
    const [row] = await shop.rows('SELECT version, item_count, total_amount FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ version: 3, item_count: 2, total_amount: '10.00' })
    expect((await user.remove(id).expect(404)).body.code).toBe('not_found')
  })

  it('leaves a cart without an id once the last line is out', async () => {
    const productId = stockProduct(shop)
    const { shopper } = await guestWith(shop, [[productId, 1]])
    const { id } = lineOf(await shopper.read(), productId)
    expect((await shopper.remove(id).expect(200)).body.cart).toMatchObject({ id: null, items: [], expiresAt: null })
    // The guest's token stays good.
    const again = await shopper.add(productId).expect(200)
    expect(again.get('x-cart-token')).toBeUndefined()
  })

  it("answers 404 to another's line", async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const { id } = lineOf(await user.add(productId).expect(200), productId)
    await newUser(shop).remove(id).expect(404)
    await guest(shop).remove(id).expect(404)
    await user.remove('first').expect(404)
    expect(lineOf(await user.read(), productId).quantity).toBe(1)
  })

  it('works while product is down', async () => {
    const user = newUser(shop)
    const [gone, kept] = [stockProduct(shop), stockProduct(shop)]
    const { id } = lineOf(await user.add(gone).expect(200), gone)
    await user.add(kept).expect(200)
    shop.passTime()
    shop.product.mood = 'down'
    expect((await user.remove(id).expect(200)).body.cart).toMatchObject({ itemCount: 1, verified: false })
  })

  it('shows what moved on the lines that stay', async () => {
    const user = newUser(shop)
    const [gone, kept] = [stockProduct(shop), stockProduct(shop, { price: 5 })]
    const { id } = lineOf(await user.add(gone).expect(200), gone)
    await user.add(kept).expect(200)
    changeProduct(shop, kept, { price: 6 })
    const answer = await user.remove(id).expect(200)
    expect(lineOf(answer, kept)).toMatchObject({ price: 6, priceChanged: { from: 5 } })
  })
})

describe('emptying a cart', () => {
  it('empties it, without asking product, and again', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop), 3).expect(200)
    shop.product.mood = 'down'
    const { body } = await user.clear().expect(200)
    expect(body.cart).toMatchObject({ id: null, items: [], itemCount: 0, totalAmount: 0, verified: true })
    expect((await user.clear().expect(200)).body).toEqual(body)
    const [row] = await shop.rows('SELECT version, item_count FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ version: 2, item_count: 0 })
  })

  it('is no error where there is no cart', async () => {
    await newUser(shop).clear().expect(200)
    await guest(shop, 'garbage').clear().expect(200)
  })
})
