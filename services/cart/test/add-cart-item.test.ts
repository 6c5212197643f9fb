import { randomUUID } from 'node:crypto'
import { maxLines, maxQuantity } from '@duka/contracts'
import {
  changeProduct,
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

describe('adding to a cart', () => {
  it('answers the cart and stores line and totals', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 19.99 })
    const { body } = await user.add(productId, 3).expect(200)
    expect(body.message).toEqual(expect.any(String))
    expect(body.cart).toEqual({
      id: expect.any(String),
      userId: user.id,
      items: [
        {
          id: expect.any(String),
          productId,
          productName: 'Kikoi',
          price: 19.99,
          quantity: 3,
          subtotal: 59.97,
          imageUrl: '/kikoi.svg',
        },
      ],
      itemCount: 3,
      totalAmount: 59.97,
      currency: 'KES',
      expiresAt: expect.any(String),
      verified: true,
    })
    expect(new Date(body.cart.expiresAt).getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    const [cart] = await shop.rows('SELECT total_amount, item_count, version FROM carts WHERE user_id = $1', [user.id])
    expect(cart).toEqual({ total_amount: '59.97', item_count: 3, version: 1 })
    const [line] = await shop.rows('SELECT quantity, price, subtotal FROM cart_items WHERE product_id = $1', [
      productId,
    ])
    expect(line).toEqual({ quantity: 3, price: '19.99', subtotal: '59.97' })
  })

  it('adds to the line of a product that is there already, and counts the version up', async () => {
    const user = newUser(shop)
    const first = stockProduct(shop)
    const second = stockProduct(shop)
    await user.add(first, 2).expect(200)
    await user.add(second).expect(200)
    const answer = await user.add(first, 3).expect(200)
    expect(answer.body.cart.items.map((item: { productId: string }) => item.productId)).toEqual([first, second])
    expect(lineOf(answer, first).quantity).toBe(5)
    expect(answer.body.cart.itemCount).toBe(6)
    const [cart] = await shop.rows('SELECT version FROM carts WHERE user_id = $1', [user.id])
    expect(cart).toEqual({ version: 3 })
  })

  it('adds one piece where no quantity is sent', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const answer = await user.add(productId, undefined).expect(200)
    expect(lineOf(answer, productId).quantity).toBe(1)
  })

  it('asks product once, however many lines there are, and not again for what it said a moment ago', async () => {
    const user = newUser(shop)
    for (let n = 0; n < 3; n++) await user.add(stockProduct(shop)).expect(200)
    const productId = stockProduct(shop)
    const before = shop.product.calls
    shop.passTime()
    const answer = await user.add(productId).expect(200)
    expect(answer.body.cart.verified).toBe(true)
    expect(shop.product.calls).toBe(before + 1)
    await user.add(productId).expect(200)
    await newUser(shop).add(productId).expect(200)
    expect(shop.product.calls).toBe(before + 1)
  })

  it('asks again before it refuses what there was not a moment ago', async () => {
    const productId = stockProduct(shop, { stock: 1 })
    await newUser(shop).add(productId, 2).expect(409)
    shop.products.set(productId, { ...shop.products.get(productId)!, stock: 2 })
    await newUser(shop).add(productId, 2).expect(200)
    const withdrawn = stockProduct(shop, { onSale: false })
    await newUser(shop).add(withdrawn).expect(404)
    shop.products.set(withdrawn, { ...shop.products.get(withdrawn)!, onSale: true })
    await newUser(shop).add(withdrawn).expect(200)
  })

  it('takes two statements, whatever comes with it', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 100 })
    await user.add(productId).expect(200)
    const statements: string[] = []
    const { options } = shop.deps.database as unknown as { options: { logging: false | ((sql: string) => void) } }
    options.logging = (sql) => void statements.push(sql)
    await user.add(productId).expect(200)
    await user.add(stockProduct(shop)).expect(200)
    expect(statements.map((sql) => sql.slice(0, 6))).toEqual(Array(4).fill('SELECT'))
    // With a key its answer is looked up beside the cart, and kept in the statement that adds.
    await user.add(productId, 1, { 'idempotency-key': randomUUID() }).expect(200)
    expect(statements).toHaveLength(7)
    options.logging = false
  })

  it('saves together what many customers add at once, each their own', async () => {
    const users = Array.from({ length: 30 }, () => newUser(shop))
    const productId = stockProduct(shop, { stock: 1_000 })
    await users[0]!.add(productId).expect(200)
    const statements: string[] = []
    const { options } = shop.deps.database as unknown as { options: { logging: false | ((sql: string) => void) } }
    options.logging = (sql) => void statements.push(sql)
    const answers = await Promise.all(users.map((user, index) => user.add(productId, index + 1)))
    options.logging = false
    expect(answers.map(({ status }) => status)).toEqual(users.map(() => 200))
    expect(answers.map((answer) => lineOf(answer, productId).quantity)).toEqual(users.map((_, i) => (i ? i + 1 : 2)))
    expect(answers.map(({ body }) => body.cart.userId)).toEqual(users.map(({ id }) => id))
    expect(statements.length).toBeLessThan(users.length)
    const shown = await Promise.all(users.map((user) => user.read().expect(200)))
    expect(shown.map(({ body }) => body.cart)).toEqual(answers.map(({ body }) => body.cart))
  })

  it('loses nothing of what two tabs add at once', async () => {
    const user = newUser(shop)
    const shared = stockProduct(shop, { stock: 100 })
    const others = Array.from({ length: 8 }, () => stockProduct(shop))
    const answers = await Promise.all(others.flatMap((other) => [user.add(shared, 2), user.add(other)]))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const answer = await user.read().expect(200)
    expect(lineOf(answer, shared).quantity).toBe(16)
    expect(answer.body.cart.items).toHaveLength(9)
    expect(answer.body.cart.itemCount).toBe(24)
    const [cart] = await shop.rows('SELECT version, item_count FROM carts WHERE user_id = $1', [user.id])
    expect(cart).toEqual({ version: 16, item_count: 24 })
  })

  it('never lets two tabs together take more than there is', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 5 })
    const answers = await Promise.all([1, 2, 3, 4].map(() => user.add(productId, 2)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    for (const { body } of answers.filter(({ status }) => status !== 200)) {
      expect(body).toMatchObject({ status: 409, code: 'insufficient_stock', available: 5 })
    }
    expect(lineOf(await user.read(), productId).quantity).toBe(4)
  })

  it('says how many there are where more are wanted, the line included', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 4 })
    await user.add(productId, 3).expect(200)
    const { body } = await user.add(productId, 2).expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 4, productId })
    expect(lineOf(await user.read(), productId).quantity).toBe(3)
  })

  it.each(['withdrawn', 'unknown'])('answers 404 to a product that is %s', async (kind) => {
    const productId = kind === 'withdrawn' ? stockProduct(shop, { onSale: false }) : randomUUID()
    const { body } = await newUser(shop).add(productId).expect(404)
    expect(body.code).toBe('not_found')
  })

  it('shows the current name, price and picture, and from what the price moved', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 100 })
    await user.add(productId).expect(200)
    changeProduct(shop, productId, { price: 120.5, name: 'Kikoi, large', imageUrl: null })
    const line = lineOf(await user.add(productId).expect(200), productId)
    expect(line).toMatchObject({ price: 120.5, subtotal: 241, productName: 'Kikoi, large', imageUrl: null })
    expect(line.priceChanged).toEqual({ from: 100 })
    // Adding once more at the price that was shown accepts it.
    expect(lineOf(await user.add(productId).expect(200), productId).priceChanged).toBeUndefined()
  })

  it('shows what moved on other lines as well', async () => {
    const user = newUser(shop)
    const moved = stockProduct(shop, { price: 100 })
    await user.add(moved, 2).expect(200)
    changeProduct(shop, moved, { price: 90, stock: 1 })
    const answer = await user.add(stockProduct(shop, { price: 1 })).expect(200)
    expect(lineOf(answer, moved)).toMatchObject({
      price: 90,
      priceChanged: { from: 100 },
      unavailable: { available: 1 },
    })
    expect(answer.body.cart.totalAmount).toBe(181)
  })

  it.each([
    ['no product', undefined, 1],
    ['a product id that is none', 'kikoi', 1],
    ['quantity 0', randomUUID(), 0],
    ['a negative quantity', randomUUID(), -1],
    ['a fraction', randomUUID(), 1.5],
    ['text for a quantity', randomUUID(), '2'],
    ['more than a line takes', randomUUID(), maxQuantity + 1],
  ])('answers 400 to %s', async (_what, productId, quantity) => {
    const { body } = await newUser(shop).add(productId, quantity).expect(400)
    expect(body).toMatchObject({ code: 'validation_failed', errors: [expect.anything()] })
  })

  it('answers 409 where a line would grow past its limit', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 1, stock: 1_000_000 })
    await user.add(productId, maxQuantity).expect(200)
    const { body } = await user.add(productId).expect(409)
    expect(body).toMatchObject({ code: 'quantity_limit', maxQuantity })
  })

  it('answers 409 where the total would be more than an order can take', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { price: 9_999_999_999.99 })
    await user.add(productId).expect(200)
    expect((await user.add(productId).expect(409)).body.code).toBe('amount_limit')
  })

  it('answers 409 to one line too many, without asking product, and still adds to the lines that are there', async () => {
    const user = newUser(shop)
    const first = stockProduct(shop)
    await user.add(first).expect(200)
    await shop.rows(
      `INSERT INTO cart_items (id, cart_id, product_id, product_name, price, quantity)
       SELECT gen_random_uuid(), carts.id, gen_random_uuid(), 'Kanga', 1, 1 FROM carts, generate_series(2, $2::int)
        WHERE user_id = $1`,
      [user.id, maxLines],
    )
    const before = shop.product.calls
    expect((await user.add(stockProduct(shop)).expect(409)).body.code).toBe('cart_full')
    expect(shop.product.calls).toBe(before)
    expect(lineOf(await user.add(first).expect(200), first).quantity).toBe(2)
  })

  it('lets no two tabs together add one line too many', async () => {
    const user = newUser(shop)
    await user.add(stockProduct(shop)).expect(200)
    await shop.rows(
      `INSERT INTO cart_items (id, cart_id, product_id, product_name, price, quantity)
       SELECT gen_random_uuid(), carts.id, gen_random_uuid(), 'Kanga', 1, 1 FROM carts, generate_series(2, $2::int)
        WHERE user_id = $1`,
      [user.id, maxLines - 1],
    )
    const answers = await Promise.all([1, 2, 3].map(() => user.add(stockProduct(shop))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
  })

  it('refuses a bad token even though guests are welcome', async () => {
    const someone = shopperWith(shop.app, { authorization: 'Bearer forged' })
    expect((await someone.add(stockProduct(shop)).expect(401)).body.code).toBe('unauthorized')
  })

  it('answers 503 while product is down and 504 while it is silent, and keeps nothing', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    shop.product.mood = 'down'
    const down = await user.add(productId).expect(503)
    expect(down.body.code).toBe('service_unavailable')
    expect(down.get('retry-after')).toBeDefined()
    shop.product.mood = 'silent'
    expect((await user.add(productId).expect(504)).body.code).toBe('upstream_timeout')
    shop.product.mood = 'up'
    expect((await user.read()).body.cart.items).toEqual([])
  })
})

describe('adding with an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': randomUUID() })

  it('adds once and gives the first answer again', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const headers = key()
    const first = await user.add(productId, 2, headers).expect(200)
    const second = await user.add(productId, 2, headers).expect(200)
    expect(second.get('idempotency-replayed')).toBe('true')
    expect(second.body).toEqual(first.body)
    expect(lineOf(await user.read(), productId).quantity).toBe(2)
    expect((await user.add(productId, 3, headers).expect(422)).body.code).toBe('idempotency_key_reused')
  })

  it('adds once where the same request comes many times at once, and answers each the same', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 100 })
    const headers = key()
    const answers = await Promise.all(Array.from({ length: 12 }, () => user.add(productId, 2, headers)))
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
    for (const { body } of answers) expect(body).toEqual(answers[0]!.body)
    expect(answers.filter((answer) => answer.get('idempotency-replayed') === 'true')).toHaveLength(11)
    expect(lineOf(await user.read(), productId).quantity).toBe(2)
  })

  it('takes the last pieces once, and answers the same request that came at once the same', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 2 })
    const headers = key()
    const answers = await Promise.all([1, 2, 3].map(() => user.add(productId, 2, headers)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('gives a refusal again too, though there is more by now', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop, { stock: 1 })
    const headers = key()
    const first = await user.add(productId, 2, headers).expect(409)
    changeProduct(shop, productId, { stock: 5 })
    const second = await user.add(productId, 2, headers).expect(409)
    expect(second.body).toEqual(first.body)
    expect(second.get('content-type')).toContain('application/problem+json')
    expect(second.get('idempotency-replayed')).toBe('true')
    await user.add(productId, 2, key()).expect(200)
  })

  it('frees the key where nothing came of the request', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const headers = key()
    await user.add('kikoi', 1, headers).expect(400)
    await user.add(randomUUID(), 1, headers).expect(404)
    shop.product.mood = 'down'
    await user.add(productId, 1, headers).expect(503)
    shop.product.mood = 'up'
    await user.add(productId, 1, headers).expect(200)
    await user.add(productId, 1, { 'idempotency-key': 'no spaces please' }).expect(400)
    expect(lineOf(await user.read(), productId).quantity).toBe(1)
  })

  it('forgets the key after a day', async () => {
    const user = newUser(shop)
    const productId = stockProduct(shop)
    const headers = key()
    await user.add(productId, 1, headers).expect(200)
    await shop.rows('UPDATE idempotency_keys SET expires_at = now() WHERE key = $1', [headers['idempotency-key']])
    const again = await user.add(productId, 2, headers).expect(200)
    expect(again.get('idempotency-replayed')).toBeUndefined()
    expect(lineOf(again, productId).quantity).toBe(3)
  })

  it('keeps the last fifty keys of a cart, and those of others', async () => {
    const [user, other] = [newUser(shop), newUser(shop)]
    const productId = stockProduct(shop, { stock: 1_000 })
    const others = key()
    await other.add(productId, 1, others).expect(200)
    const keys = Array.from({ length: 53 }, key)
    for (const headers of keys) await user.add(productId, 1, headers).expect(200)
    await user.add(productId, 1, keys[52]).expect(200)
    expect((await user.add(productId, 1, keys[3]).expect(200)).get('idempotency-replayed')).toBe('true')
    expect((await user.add(productId, 1, keys[2]).expect(200)).get('idempotency-replayed')).toBeUndefined()
    expect((await other.add(productId, 1, others).expect(200)).get('idempotency-replayed')).toBe('true')
    const kept = await shop.rows('SELECT 1 FROM idempotency_keys WHERE user_id = $1', [user.id])
    expect(kept).toHaveLength(50)
  })

  it('knows a key as one of a guest’s cart, and of no other', async () => {
    const productId = stockProduct(shop, { stock: 100 })
    const headers = key()
    const amina = await guestWith(shop, [[productId, 1]])
    const brian = await guestWith(shop, [[productId, 1]])
    const first = await amina.shopper.add(productId, 2, headers).expect(200)
    const second = await amina.shopper.add(productId, 2, headers).expect(200)
    expect(second.body).toEqual(first.body)
    expect(second.get('idempotency-replayed')).toBe('true')
    const other = await brian.shopper.add(productId, 2, headers).expect(200)
    expect(other.get('idempotency-replayed')).toBeUndefined()
    expect(other.body.cart.id).not.toBe(first.body.cart.id)
    const user = await newUser(shop).add(productId, 2, headers).expect(200)
    expect(user.get('idempotency-replayed')).toBeUndefined()
  })

  it.each([undefined, 'd'.repeat(43), 'garbage'])(
    'never gives a first add without a good token to anybody again: %s',
    async (token) => {
      const productId = stockProduct(shop)
      const headers = key()
      const first = await guest(shop, token).add(productId, 1, headers).expect(200)
      const second = await guest(shop, token).add(productId, 1, headers).expect(200)
      expect(second.get('idempotency-replayed')).toBeUndefined()
      expect(second.body.cart.id).not.toBe(first.body.cart.id)
      expect(second.get('x-cart-token')).not.toBe(first.get('x-cart-token'))
    },
  )
})

describe("a guest's first add", () => {
  it('answers a token that is stored as a digest only', async () => {
    const productId = stockProduct(shop)
    const answer = await guest(shop).add(productId, 2).expect(200)
    const token = answer.get('x-cart-token')!
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(answer.body.cart).toMatchObject({ userId: null, itemCount: 2 })
    expect(new Date(answer.body.cart.expiresAt).getTime()).toBeLessThan(Date.now() + 8 * 86_400_000)
    const [row] = await shop.rows('SELECT user_id, guest_token_hash FROM carts WHERE id = $1', [answer.body.cart.id])
    expect(row).toEqual({ user_id: null, guest_token_hash: expect.not.stringContaining(token) })
    const next = await guest(shop, token).add(productId).expect(200)
    expect(next.get('x-cart-token')).toBeUndefined()
    expect(next.body.cart).toMatchObject({ id: answer.body.cart.id, itemCount: 3 })
  })

  it.each(['a'.repeat(43), 'garbage', "' OR 1=1 --", 'x'.repeat(5_000)])(
    'gives another token for one that is nobody’s: %.20s',
    async (token) => {
      const answer = await guest(shop, token).add(stockProduct(shop)).expect(200)
      expect(answer.get('x-cart-token')).toMatch(/^[\w-]{43}$/)
      expect(answer.get('x-cart-token')).not.toBe(token)
      expect(answer.body.cart.itemCount).toBe(1)
    },
  )
})
