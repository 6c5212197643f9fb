import supertest from 'supertest'
import {
  askAsOrder,
  changeProduct,
  checkout,
  guest,
  guestWith,
  lineOf,
  newUser,
  type Shop,
  shopperWith,
  startShop,
  stockProduct,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.product.mood = 'up'
})

const emptyCart = {
  id: null,
  items: [],
  itemCount: 0,
  totalAmount: 0,
  currency: 'KES',
  expiresAt: null,
  verified: true,
}

describe('reading a cart', () => {
  it('shows an empty one where there is none, to users and guests, without a call', async () => {
    const before = shop.product.calls
    const user = newUser(shop)
    expect((await user.read().expect(200)).body).toEqual({ cart: { ...emptyCart, userId: user.id } })
    for (const token of [undefined, 'garbage', 'b'.repeat(43)]) {
      const answer = await guest(shop, token).read().expect(200)
      expect(answer.body).toEqual({ cart: { ...emptyCart, userId: null } })
      expect(answer.get('x-cart-token')).toBeUndefined()
    }
    expect(shop.product.calls).toBe(before)
    expect(await shop.rows('SELECT 1 FROM carts WHERE user_id = $1', [user.id])).toEqual([])
  })

  it('shows lines in the order in which they came, and may not be kept by any cache', async () => {
    const user = newUser(shop)
    const ids = [stockProduct(shop), stockProduct(shop), stockProduct(shop)]
    for (const id of ids) await user.add(id).expect(200)
    const answer = await user.read().expect(200)
    expect(answer.body.cart.items.map((item: { productId: string }) => item.productId)).toEqual(ids)
    expect(answer.get('cache-control')).toBe('no-store')
  })

  it('asks product in one call once what it said is ten seconds old, and not before', async () => {
    const [amina, brian] = [newUser(shop), newUser(shop)]
    const [shared, other] = [stockProduct(shop), stockProduct(shop)]
    for (const user of [amina, brian]) for (const id of [shared, other]) await user.add(id).expect(200)
    const before = shop.product.calls
    shop.passTime(9_000)
    for (const user of [amina, brian]) expect((await user.read()).body.cart.verified).toBe(true)
    expect(shop.product.calls).toBe(before)
    shop.passTime(1_000)
    for (const user of [amina, brian]) expect((await user.read()).body.cart.verified).toBe(true)
    expect(shop.product.calls).toBe(before + 1)
  })

  it('shows what an order saw, however fresh what it knew before that', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    await user.add(productId).expect(200)
    shop.products.set(productId, { ...shop.products.get(productId)!, price: 110 })
    expect(lineOf(await user.read(), productId).price).toBe(100)
    // The order is refused here, since 100 is no longer the price; the customer looks again.
    await checkout(shop, user.id)
    expect(lineOf(await user.read(), productId)).toMatchObject({ price: 110, priceChanged: { from: 100 } })
    expect((await checkout(shop, user.id)).items[0].price).toBe(110)
  })

  it('asks, and believes the answer, also where the cart was handed over by an instance whose clock is ahead', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    await user.add(productId).expect(200)
    await shop.rows("UPDATE carts SET handed_over_at = now() + interval '1 hour' WHERE user_id = $1", [user.id])
    expect((await user.read()).body.cart.verified).toBe(true)
    await user.add(productId).expect(200)
  })

  it("never shows another's cart", async () => {
    const { token } = await guestWith(shop, [[stockProduct(shop), 1]])
    const user = newUser(shop)
    const own = stockProduct(shop)
    await user.add(own).expect(200)
    expect((await newUser(shop).read()).body.cart.items).toEqual([])
    // A user's cart ignores the guest's token.
    const { body } = await user.read().set('x-cart-token', token).expect(200)
    expect(body.cart.items.map((item: { productId: string }) => item.productId)).toEqual([own])
  })

  it('refuses a bad bearer token', async () => {
    await shopperWith(shop.app, { authorization: 'Bearer x.y.z' }).read().expect(401)
    await shopperWith(shop.app, { authorization: 'Basic eA==' }).read().expect(401)
  })

  it('says on the line that a price moved, and shows and totals the current one', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    await user.add(productId, 2).expect(200)
    expect((await checkout(shop, user.id)).items[0].price).toBe(100)
    changeProduct(shop, productId, { price: 110.5 })
    expect((await checkout(shop, user.id)).items[0].price).toBe(100)
    const answer = await user.read().expect(200)
    expect(lineOf(answer, productId)).toMatchObject({ price: 110.5, subtotal: 221, priceChanged: { from: 100 } })
    expect(answer.body.cart.totalAmount).toBe(221)
    expect((await checkout(shop, user.id)).items[0].price).toBe(110.5)
    const [row] = await shop.rows('SELECT total_amount FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ total_amount: '221.00' })
  })

  it('keeps saying so until the customer acts on the line, and not where the price came back', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    const lineId = lineOf(await user.add(productId).expect(200), productId).id
    changeProduct(shop, productId, { price: 110 })
    await user.read().expect(200)
    changeProduct(shop, productId, { price: 120 })
    expect(lineOf(await user.read(), productId).priceChanged).toEqual({ from: 100 })
    expect(lineOf(await user.read(), productId).priceChanged).toEqual({ from: 100 })
    const accepted = await user.change(lineId, { quantity: 2 }).expect(200)
    expect(lineOf(accepted, productId).priceChanged).toBeUndefined()
    expect(lineOf(await user.read(), productId).priceChanged).toBeUndefined()
    changeProduct(shop, productId, { price: 130 })
    expect(lineOf(await user.read(), productId).priceChanged).toEqual({ from: 120 })
    changeProduct(shop, productId, { price: 120 })
    expect(lineOf(await user.read(), productId)).not.toHaveProperty('priceChanged')
  })

  it('stays the version it was where only prices are shown anew', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    const expiresAt = (await user.add(productId).expect(200)).body.cart.expiresAt
    const { version } = await checkout(shop, user.id)
    changeProduct(shop, productId, { price: 110 })
    expect((await user.read()).body.cart.expiresAt).toBe(expiresAt)
    expect((await checkout(shop, user.id)).version).toBe(version)
  })

  it('says on the line what is no longer there', async () => {
    const user = newUser(shop)
    const scarce = stockProduct(shop)
    const withdrawn = stockProduct(shop, { price: 50, name: 'Kanga' })
    await user.add(scarce, 5).expect(200)
    await user.add(withdrawn, 1).expect(200)
    changeProduct(shop, scarce, { stock: 3 })
    changeProduct(shop, withdrawn, { onSale: false })
    const answer = await user.read().expect(200)
    expect(lineOf(answer, scarce)).toMatchObject({ quantity: 5, unavailable: { available: 3 } })
    expect(lineOf(answer, withdrawn)).toMatchObject({ productName: 'Kanga', price: 50, unavailable: { available: 0 } })
    changeProduct(shop, scarce, { stock: 5 })
    expect(lineOf(await user.read(), scarce)).not.toHaveProperty('unavailable')
  })

  it('does not break where a price rises past what an order can take', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 900_000, stock: 10_000 })
    await user.add(productId, 10_000).expect(200)
    changeProduct(shop, productId, { price: 9_999_999_999.99 })
    const answer = await user.read().expect(200)
    expect(answer.body.cart.totalAmount).toBe(99_999_999_999_900)
  })

  it.each(['down', 'silent'] as const)('shows the cart unverified while product is %s', async (mood) => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    await user.add(productId, 2).expect(200)
    changeProduct(shop, productId, { price: 120 })
    shop.product.mood = mood
    const answer = await user.read().expect(200)
    expect(answer.body.cart).toMatchObject({ verified: false, itemCount: 2, totalAmount: 200 })
    expect(lineOf(answer, productId)).not.toHaveProperty('priceChanged')
    shop.product.mood = 'up'
    expect((await user.read()).body.cart).toMatchObject({ verified: true, totalAmount: 240 })
  })

  it('counts an expired cart as empty, and starts afresh in it', async () => {
    const user = newUser(shop)
    const [old, fresh] = [stockProduct(shop), stockProduct(shop)]
    await user.add(old).expect(200)
    const { cartId, version } = await checkout(shop, user.id)
    await shop.rows('UPDATE carts SET expires_at = now() WHERE user_id = $1', [user.id])
    expect((await user.read()).body.cart).toEqual({ ...emptyCart, userId: user.id })
    expect(await checkout(shop, user.id)).toEqual({ cartId: null, version: 0, items: [], takenOrders: [] })
    const answer = await user.add(fresh).expect(200)
    expect(answer.body.cart.items.map((item: { productId: string }) => item.productId)).toEqual([fresh])
    const after = await checkout(shop, user.id)
    expect(after.cartId).toBe(cartId)
    expect(after.version).toBeGreaterThan(version)
  })
})

describe('the service', () => {
  it('is alive and ready, and knows which methods a path takes', async () => {
    await supertest(shop.app).get('/health').expect(200)
    await supertest(shop.app).get('/ready').expect(200)
    const { headers } = await supertest(shop.app).patch('/api/cart').expect(405)
    expect(headers.allow).toBe('GET, HEAD, DELETE')
    await askAsOrder(shop, '/api/cart/items', {}).expect(401)
  })
})
