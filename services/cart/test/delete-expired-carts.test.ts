import { deleteExpiredCarts } from '../src/delete-expired-carts'
import { guestWith, newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

describe('the sweep', () => {
  it('deletes what has expired, lines included, in as many batches as it takes, and nothing else', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop)).expect(200)
    const { shopper } = await guestWith(shop, [[stockProduct(shop), 1]])
    const expired = (await shopper.read()).body.cart.id
    await shop.rows("UPDATE carts SET expires_at = now() - interval '1 second' WHERE id = $1", [expired])
    await shop.rows(
      `INSERT INTO carts (id, user_id, expires_at)
       SELECT gen_random_uuid(), gen_random_uuid(), now() - interval '1 day' FROM generate_series(1, 2100)`,
    )
    await deleteExpiredCarts(shop.deps)
    expect(await shop.rows('SELECT user_id FROM carts')).toEqual([{ user_id: user.id }])
    expect(await shop.rows('SELECT 1 FROM cart_items WHERE cart_id = $1', [expired])).toEqual([])
    // The guest's token is nobody's now, so the next add makes another.
    expect((await shopper.add(stockProduct(shop)).expect(200)).get('x-cart-token')).toBeDefined()
  })
})
