import { randomUUID } from 'node:crypto'
import { asService, asUser, eventually } from '@duka/testkit'
import { askAsOrder, checkout, lineOf, newUser, type Shop, startShop, stockProduct } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

const checkoutPath = '/api/internal/cart/checkout'
const orderedPath = '/api/internal/cart/ordered'
const nothing = { cartId: null, version: 0, items: [], takenOrders: [] }

describe('handing a cart to order', () => {
  it('gives lines, shown prices and version, and changes nothing', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 99.95 })
    const { id } = (await user.add(productId, 2).expect(200)).body.cart
    const calls = shop.product.calls
    const first = await checkout(shop, user.id)
    expect(first).toEqual({
      cartId: id,
      version: 1,
      items: [{ productId, quantity: 2, price: 99.95 }],
      takenOrders: [],
    })
    expect(await checkout(shop, user.id)).toEqual(first)
    expect(shop.product.calls).toBe(calls)
  })

  it('gives nothing where there is no cart, or nothing in it', async () => {
    const user = newUser(shop)
    expect(await checkout(shop, user.id)).toEqual(nothing)
    await user.add(stockProduct(shop)).expect(200)
    await user.clear().expect(200)
    expect(await checkout(shop, user.id)).toEqual(nothing)
  })

  it.each([checkoutPath, orderedPath])('answers only order: %s', async (path) => {
    await askAsOrder(shop, path, {}, asUser()).expect(401)
    await askAsOrder(shop, path, {}, asService('order', 'product')).expect(401)
    await askAsOrder(shop, path, {}, asService('payment', 'cart')).expect(403)
    await askAsOrder(shop, path, {}).expect(400)
  })
})

describe('telling which orders were taken out', () => {
  async function takeOut(cartId: string, orderId: string = randomUUID()) {
    const body = { orderId, cartId, items: [{ productId: randomUUID(), quantity: 1 }] }
    await askAsOrder(shop, orderedPath, body).expect(200)
    return orderId
  }

  it('names the newest of the cart, and those that are asked about', async () => {
    const [user, other] = [newUser(shop), newUser(shop)]
    const productId = stockProduct(shop)
    await user.add(productId).expect(200)
    await other.add(productId).expect(200)
    const { cartId } = await checkout(shop, user.id)
    const others = await takeOut((await checkout(shop, other.id)).cartId)
    const first = await takeOut(cartId)
    const later: string[] = []
    for (let n = 1; n <= 20; n++) later.push(await takeOut(cartId))
    expect((await checkout(shop, user.id)).takenOrders.sort()).toEqual([...later].sort())
    const unknown = randomUUID()
    const { takenOrders } = await checkout(shop, user.id, [first, later[3]!, others, unknown])
    expect(takenOrders.sort()).toEqual([first, ...later].sort())
  })

  it('keeps which version of the cart was the last to have it', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop)).expect(200)
    const { cartId, version } = await checkout(shop, user.id)
    const orderId = await takeOut(cartId)
    const [row] = await shop.rows('SELECT last_version FROM cart_orders WHERE order_id = $1', [orderId])
    expect(row).toEqual({ last_version: version })
  })

  it('waits for what is being taken out: version, lines and orders are of one moment', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    await user.add(productId, 3).expect(200)
    const { cartId, version } = await checkout(shop, user.id)
    const orderId = randomUUID()
    const handing = await shop.deps.database.transaction(async (transaction) => {
      const cart = await shop.deps.carts.find({ userId: user.id }, transaction)
      const lines = cart!.lines.map((line) => ({ ...line, quantity: 2 }))
      await shop.deps.carts.save({ cart: cart!, lines, expiresAt: cart!.expiresAt, orderId }, transaction)
      const answer = checkout(shop, user.id)
      await eventually('the cart to be waited for', async () => (await shop.rows(waiting)).length > 0)
      return { answer }
    })
    expect(await handing.answer).toEqual({
      cartId,
      version: version + 1,
      items: [{ productId, quantity: 2, price: 1499.5 }],
      takenOrders: [orderId],
    })
  })

  it('leaves instances of the version before as they are', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    await user.add(productId, 2).expect(200)
    const sql = 'SELECT version, product_id, quantity FROM hand_over_cart($1::uuid, $2)'
    const rows = await shop.rows(sql, [user.id, new Date()])
    expect(rows).toEqual([{ version: 1, product_id: productId, quantity: 2 }])
  })
})

const waiting = `SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%hand_over_cart%'`

describe('taking out what was ordered', () => {
  it('takes exactly that, once per order, and keeps what was added meanwhile', async () => {
    const user = newUser(shop)
    const [whole, part, later] = [stockProduct(shop), stockProduct(shop), stockProduct(shop)]
    await user.add(whole, 2).expect(200)
    await user.add(part, 1).expect(200)
    const { cartId, version, items } = await checkout(shop, user.id)
    await user.add(part, 3).expect(200)
    await user.add(later, 1).expect(200)
    const body = { orderId: randomUUID(), cartId, items: withoutPrices(items) }
    expect((await askAsOrder(shop, orderedPath, body).expect(200)).body).toEqual({ removed: true })
    const answer = await user.read()
    expect(lineOf(answer, whole)).toBeUndefined()
    expect(lineOf(answer, part).quantity).toBe(3)
    expect(lineOf(answer, later).quantity).toBe(1)
    expect((await checkout(shop, user.id)).version).toBe(version + 3)
    expect((await askAsOrder(shop, orderedPath, body).expect(200)).body).toEqual({ removed: true })
    expect((await user.read()).body.cart.itemCount).toBe(4)
    const [row] = await shop.rows('SELECT item_count FROM carts WHERE user_id = $1', [user.id])
    expect(row).toEqual({ item_count: 4 })
  })

  it('counts the same order told twice at once only once, beside an add', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 100 })
    await user.add(productId, 10).expect(200)
    const { cartId } = await checkout(shop, user.id)
    const body = { orderId: randomUUID(), cartId, items: [{ productId, quantity: 4 }] }
    await Promise.all([
      askAsOrder(shop, orderedPath, body).expect(200),
      askAsOrder(shop, orderedPath, body).expect(200),
      user.add(productId, 1).expect(200),
    ])
    expect(lineOf(await user.read(), productId).quantity).toBe(7)
  })

  it('takes no more than there is, and minds neither lines nor carts that are gone', async () => {
    const user = newUser(shop)
    const [productId, other] = [stockProduct(shop), stockProduct(shop)]
    await user.add(productId, 1).expect(200)
    const { cartId } = await checkout(shop, user.id)
    const items = [
      { productId, quantity: 5 },
      { productId: other, quantity: 1 },
    ]
    const orderId = randomUUID()
    const body = { orderId, cartId, items }
    expect((await askAsOrder(shop, orderedPath, body).expect(200)).body).toEqual({ removed: true })
    expect((await user.read()).body.cart.items).toEqual([])
    const unknown = { orderId: randomUUID(), cartId: randomUUID(), items }
    expect((await askAsOrder(shop, orderedPath, unknown).expect(200)).body).toEqual({ removed: false })
  })
})

function withoutPrices(items: { productId: string; quantity: number }[]) {
  return items.map(({ productId, quantity }) => ({ productId, quantity }))
}
