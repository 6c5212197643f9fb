import { maxLines } from '@duka/contracts'
import type { CartStore } from '../src/cart-store'
import { mergeCart } from '../src/merge-cart'
import { changeProduct, guest, guestWith, lineOf, newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => {
  shop.product.mood = 'up'
})

describe("merging a guest's cart", () => {
  it('adds quantities up and brings new lines, once', async () => {
    const user = newUser(shop)
    const [both, theirs] = [stockProduct(shop, { price: 10 }), stockProduct(shop, { price: 1 })]
    await user.add(both, 2).expect(200)
    const { token, shopper } = await guestWith(shop, [
      [both, 3],
      [theirs, 4],
    ])
    const before = shop.product.calls
    shop.passTime()
    const first = await user.merge(token).expect(200)
    expect(shop.product.calls).toBe(before + 1)
    expect(first.body.reduced).toEqual([])
    expect(first.body.cart).toMatchObject({ userId: user.id, itemCount: 9, totalAmount: 54, verified: true })
    expect(lineOf(first, both).quantity).toBe(5)
    expect((await shopper.read()).body.cart).toMatchObject({ id: null, items: [] })
    const second = await user.merge(token).expect(200)
    expect(second.body).toEqual(first.body)
    const [row] = await shop.rows('SELECT version, item_count, total_amount FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ version: 2, item_count: 9, total_amount: '54.00' })
  })

  it('shows what another device brought in while it was looking', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const { token } = await guestWith(shop, [[productId, 3]])
    const { carts } = shop.deps
    let asked = 0
    const find: CartStore['find'] = async (...key) => {
      asked += 1
      if (asked === 2) await user.merge(token).expect(200)
      return carts.find(...key)
    }
    const { cart } = await mergeCart({ ...shop.deps, carts: { ...carts, find } }, user.id, token)
    expect(asked).toBeGreaterThanOrEqual(2)
    expect(cart.itemCount).toBe(3)
  })

  it('makes the cart of a user who has none', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const { token } = await guestWith(shop, [[productId, 3]])
    const answer = await user.merge(token).expect(200)
    expect(lineOf(answer, productId).quantity).toBe(3)
    expect(new Date(answer.body.cart.expiresAt).getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
  })

  it('goes up to what there is, and says which lines got less', async () => {
    const user = newUser(shop)
    const [scarce, soldOut, shared] = [stockProduct(shop), stockProduct(shop), stockProduct(shop)]
    await user.add(scarce, 3).expect(200)
    await user.add(shared, 6).expect(200)
    const { token } = await guestWith(shop, [
      [scarce, 4],
      [soldOut, 2],
      [shared, 1],
    ])
    changeProduct(shop, scarce, { stock: 5 })
    changeProduct(shop, soldOut, { stock: 0 })
    changeProduct(shop, shared, { stock: 4 })
    const answer = await user.merge(token).expect(200)
    expect(answer.body.reduced).toEqual([
      { productId: scarce, wanted: 7, quantity: 5 },
      { productId: soldOut, wanted: 2, quantity: 0 },
      { productId: shared, wanted: 7, quantity: 6 },
    ])
    expect(lineOf(answer, scarce).quantity).toBe(5)
    expect(lineOf(answer, soldOut)).toBeUndefined()
    // What the user's own cart had is not taken away: the line says that it is too much.
    expect(lineOf(answer, shared)).toMatchObject({ quantity: 6, unavailable: { available: 4 } })
  })

  it('asks again before it takes fewer, since the guest’s lines are gone afterwards', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 5 })
    await user.add(productId, 2).expect(200)
    const { token } = await guestWith(shop, [[productId, 5]])
    shop.products.set(productId, { ...shop.products.get(productId)!, stock: 100 })
    const answer = await user.merge(token).expect(200)
    expect(answer.body.reduced).toEqual([])
    expect(lineOf(answer, productId).quantity).toBe(7)
  })

  it('loses nothing of what the guest adds meanwhile', async () => {
    const user = newUser(shop)
    const [first, later] = [stockProduct(shop), stockProduct(shop)]
    const { token, shopper } = await guestWith(shop, [[first, 2]])
    const [merged, added] = await Promise.all([user.merge(token), shopper.add(later, 3)])
    expect([merged.status, added.status]).toEqual([200, 200])
    const mine = (await user.read()).body.cart.itemCount
    const theirs = (await guest(shop, added.get('x-cart-token') ?? token).read()).body.cart.itemCount
    expect(mine + theirs).toBe(5)
  })

  it('keeps to the limits of a cart', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop)).expect(200)
    await shop.rows(
      `INSERT INTO cart_items (id, cart_id, product_id, product_name, price, quantity)
       SELECT gen_random_uuid(), carts.id, gen_random_uuid(), 'Kanga', 1, 1 FROM carts, generate_series(2, $2::int)
        WHERE user_id = $1`,
      [user.id, maxLines],
    )
    const late = stockProduct(shop)
    const { token } = await guestWith(shop, [[late, 2]])
    const { body } = await user.merge(token).expect(200)
    expect(body.reduced).toEqual([{ productId: late, wanted: 2, quantity: 0 }])
    expect(body.cart.items).toHaveLength(maxLines)
    expect(body.cart.verified).toBe(true)
  })

  it('shows a price that moved since the guest saw it', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    const { token } = await guestWith(shop, [[productId, 1]])
    changeProduct(shop, productId, { price: 80 })
    const answer = await user.merge(token).expect(200)
    expect(lineOf(answer, productId)).toMatchObject({ price: 80, priceChanged: { from: 100 } })
  })

  it.each(['garbage', 'c'.repeat(43)])('leaves the cart as it is for a token that is nobody’s: %s', async (token) => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    await user.add(productId).expect(200)
    const { body } = await user.merge(token).expect(200)
    expect(body).toMatchObject({ reduced: [], cart: { itemCount: 1 } })
  })

  it('brings the lines to one of two users who merge at once', async () => {
    const [amina, brian] = [newUser(shop), newUser(shop)]
    const productId = stockProduct(shop)
    const { token } = await guestWith(shop, [[productId, 2]])
    const answers = await Promise.all([amina.merge(token), amina.merge(token), brian.merge(token), brian.merge(token)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const counts = await Promise.all([amina, brian].map(async (user) => (await user.read()).body.cart.itemCount))
    expect(counts.sort()).toEqual([0, 2])
  })

  it('answers 401 to a guest, 400 to a missing token, and 503 while product is down, keeping both carts', async () => {
    const productId = stockProduct(shop)
    const { token, shopper } = await guestWith(shop, [[productId, 2]])
    await guest(shop, token).merge(token).expect(401)
    const user = newUser(shop)
    expect((await user.merge(undefined).expect(400)).body.errors[0].path).toBe('cartToken')
    shop.passTime()
    shop.product.mood = 'down'
    await user.merge(token).expect(503)
    shop.product.mood = 'up'
    expect((await shopper.read()).body.cart.itemCount).toBe(2)
    expect((await user.merge(token).expect(200)).body.cart.itemCount).toBe(2)
  })
})
