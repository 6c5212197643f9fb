import { randomUUID } from 'node:crypto'
import { asService, waitingJobs } from '@duka/testkit'
import { newCustomer, type Order, type Shop, shippingAddress, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

describe('ordering items', () => {
  it('stores the order, its lines and its history, and holds its stock', async () => {
    const customer = newCustomer(shop)
    const [a, b] = [shop.product.add({ price: 19.99, stock: 5 }), shop.product.add({ name: 'Leso', price: 100 })]
    const items = [
      { productId: a, quantity: 3, price: 1, productName: 'Free' },
      { productId: b, quantity: 1 },
    ]
    const extra = { notes: 'Ring twice', paymentMethod: 'mpesa', totalAmount: 1, status: 'paid', userId: randomUUID() }
    const { body } = await customer.place({ items, ...extra }).expect(201)
    const line = { id: expect.any(String), imageUrl: '/kikoi.svg' }
    expect(body).toEqual({
      message: expect.any(String),
      order: {
        id: expect.any(String),
        orderNumber: expect.stringMatching(/^DK-[2-9A-Z]{4}-[2-9A-Z]{4}$/),
        userId: customer.id,
        status: 'pending',
        paymentStatus: 'pending',
        paymentMethod: 'mpesa',
        items: [
          { ...line, productId: a, productName: 'Kikoi', price: 19.99, quantity: 3, subtotal: 59.97 },
          { ...line, productId: b, productName: 'Leso', price: 100, quantity: 1, subtotal: 100 },
        ],
        subtotal: 159.97,
        shippingAmount: 0,
        taxAmount: 22.07,
        roundingAmount: 0.03,
        refundedAmount: 0,
        trackingNumber: null,
        statusNote: null,
        totalAmount: 160,
        currency: 'KES',
        shippingAddress,
        notes: 'Ring twice',
        expiresAt: expect.any(String),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    })
    const { id, expiresAt, createdAt } = body.order as Order
    expect(Date.parse(expiresAt!) - Date.parse(createdAt)).toBe(30 * 60_000)
    expect([shop.product.stockOf(a), shop.product.stockOf(b)]).toEqual([2, 9])
    expect((await customer.get(`/${id}`).expect(200)).body.order).toEqual(body.order)
    const history = await shop.rows('SELECT from_status, to_status, actor FROM order_history WHERE order_id = $1', [id])
    expect(history).toEqual([{ from_status: null, to_status: 'pending', actor: customer.id }])
    const [job] = await shop.rows<{ run_at: Date }>(`SELECT run_at FROM ${waitingJobs} WHERE key = $1`, [
      `expire-order:${id}`,
    ])
    expect(job?.run_at.toISOString()).toBe(expiresAt)
  })

  it('adds up a product that is sent twice, in any spelling', async () => {
    const productId = shop.product.add({ stock: 5 })
    const items = [
      { productId, quantity: 2 },
      { productId: productId.toUpperCase(), quantity: 3 },
    ]
    const { body } = await newCustomer(shop).place({ items }).expect(201)
    expect(body.order.items).toEqual([expect.objectContaining({ productId, quantity: 5 })])
    expect(shop.product.stockOf(productId)).toBe(0)
  })

  it('leaves the cart alone', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add()
    shop.cart.fill(customer.id, [{ productId, quantity: 1, price: 1500 }])
    await customer.place({ items: [{ productId, quantity: 1 }] }).expect(201)
    expect(shop.cart.itemsOf(customer.id)).toHaveLength(1)
  })

  it('says how many there are where more are wanted, before anything is made', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ stock: 1 })
    const { body } = await customer.place({ items: [{ productId, quantity: 2 }] }).expect(409)
    expect(body).toMatchObject({ code: 'insufficient_stock', available: 1, productId })
    expect(await shop.rows('SELECT 1 FROM orders WHERE user_id = $1', [customer.id])).toEqual([])
  })

  it.each(['withdrawn', 'unknown'])('answers 404 to a product that is %s', async (kind) => {
    const productId = kind === 'unknown' ? randomUUID() : shop.product.add({ onSale: false })
    const { body } = await newCustomer(shop)
      .place({ items: [{ productId, quantity: 1 }] })
      .expect(404)
    expect(body.code).toBe('not_found')
  })

  it('refuses a total that no column holds', async () => {
    const productId = shop.product.add({ price: 9_999_999_999.99, stock: 10_000 })
    for (const quantity of [1, 10_000]) {
      const { body } = await newCustomer(shop)
        .place({ items: [{ productId, quantity }] })
        .expect(422)
      expect(body.code).toBe('total_too_large')
    }
  })

  it('refuses more of one product than one line may have, however it is spread', async () => {
    const productId = shop.product.add({ stock: 100_000 })
    const items = [1, 2].map(() => ({ productId, quantity: 10_000 }))
    const { body } = await newCustomer(shop).place({ items }).expect(400)
    expect(body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'items' }] })
  })

  const line = (quantity: unknown, productId: string = randomUUID()) => ({ productId, quantity })

  it.each<[string, object]>([
    ['no items', { items: [] }],
    ['an id that is none', { items: [line(1, 'x')] }],
    ['quantity 0', { items: [line(0)] }],
    ['half a piece', { items: [line(1.5)] }],
    ['too many pieces', { items: [line(10_001)] }],
    ['101 lines', { items: Array.from({ length: 101 }, () => line(1)) }],
    ['items that are no list', { items: 'all' }],
    ['no address', { shippingAddress: undefined }],
    ['half an address', { shippingAddress: { city: 'Nairobi', country: 'Kenya' } }],
    ['NUL in the address', { shippingAddress: { ...shippingAddress, street: 'a\u0000b' } }],
    ['NUL in the notes', { notes: 'a\u0000b' }],
    ['half a surrogate pair', { notes: '\ud800' }],
    ['notes that are too long', { notes: 'x'.repeat(1001) }],
    ['an unknown way to pay', { paymentMethod: 'barter' }],
  ])('answers 400 to %s', async (_what, part) => {
    const { body } = await newCustomer(shop).place(part).expect(400)
    expect(body.code).toBe('validation_failed')
  })

  it('keeps of an address what it knows', async () => {
    const productId = shop.product.add()
    const address = {
      ...shippingAddress,
      county: 'Nairobi',
      recipient: 'Achieng "A" O’Neil',
      evil: true,
      postalCode: null,
    }
    const { body } = await newCustomer(shop)
      .place({ items: [{ productId, quantity: 1 }], shippingAddress: address })
      .expect(201)
    const { evil: _dropped, ...kept } = address
    expect(body.order.shippingAddress).toEqual(kept)
  })

  it('needs a user: 401 without a token, with a bad one and with a service’s', async () => {
    await shop.client.post('/api/orders').send({}).expect(401)
    for (const authorization of ['Bearer nonsense', 'Basic eDp5', asService('payment', 'order')]) {
      await shop.client.post('/api/orders').set({ authorization }).send({}).expect(401)
    }
  })
})

describe('ordering the cart', () => {
  it('orders what is in it and empties it', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ price: 250.5, stock: 4 })
    const cart = shop.cart.fill(customer.id, [{ productId, quantity: 4, price: 250.5 }])
    const { body } = await customer.place({}).expect(201)
    expect(body.order).toMatchObject({ status: 'pending', subtotal: 1002, totalAmount: 1002 })
    expect(shop.cart.itemsOf(customer.id)).toEqual([])
    const [row] = await shop.rows('SELECT cart_id, cart_version FROM orders WHERE id = $1', [body.order.id])
    expect(row).toEqual({ cart_id: cart.cartId, cart_version: 1 })
  })

  it('answers cart_empty where there is no cart, or nothing in it', async () => {
    const customer = newCustomer(shop)
    expect((await customer.place({}).expect(400)).body.code).toBe('cart_empty')
    shop.cart.fill(customer.id, [])
    expect((await customer.place({}).expect(400)).body.code).toBe('cart_empty')
  })

  it('refuses a price that was not shown yet', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ price: 110, stock: 4 })
    shop.cart.fill(customer.id, [{ productId, quantity: 1, price: 100 }])
    const { body } = await customer.place({}).expect(409)
    expect(body).toMatchObject({ code: 'price_changed', items: [{ productId, price: 110 }] })
    expect(shop.product.stockOf(productId)).toBe(4)
    expect(shop.cart.itemsOf(customer.id)).toHaveLength(1)
  })

  it('answers 409 to a product that was withdrawn while it lay there', async () => {
    const customer = newCustomer(shop)
    const productId = shop.product.add({ onSale: false })
    shop.cart.fill(customer.id, [{ productId, quantity: 1, price: 1500 }])
    expect((await customer.place({}).expect(409)).body).toMatchObject({ code: 'insufficient_stock', available: 0 })
  })
})

describe('with another service down', () => {
  it.each(['down', 'cut'] as const)('says so while product is %s, and makes nothing', async (mood) => {
    const customer = newCustomer(shop)
    const productId = shop.product.add()
    shop.product.moods.check = mood
    const answer = await customer.place({ items: [{ productId, quantity: 1 }] }).expect(503)
    expect(answer.body.code).toBe('service_unavailable')
    expect(answer.get('retry-after')).toBe('2')
    expect(JSON.stringify(answer.body)).not.toMatch(/product|127\.0\.0\.1/)
    expect(await shop.rows('SELECT 1 FROM orders WHERE user_id = $1', [customer.id])).toEqual([])
  })

  it('says so while product or cart is silent', async () => {
    const customer = newCustomer(shop)
    shop.cart.moods.checkout = 'silent'
    expect((await customer.place({}).expect(504)).body.code).toBe('upstream_timeout')
    shop.reset()
    shop.product.moods.check = 'silent'
    await customer.place({ items: [{ productId: shop.product.add(), quantity: 1 }] }).expect(504)
  })
})

test('an order costs the same few statements however many lines it has', async () => {
  const { options } = shop.deps.database as unknown as { options: { logging: false | ((sql: string) => void) } }
  const countFor = async (lines: number) => {
    const items = Array.from({ length: lines }, () => ({ productId: shop.product.add(), quantity: 1 }))
    const statements: string[] = []
    options.logging = (sql) => void statements.push(sql)
    await newCustomer(shop).place({ items }).expect(201)
    options.logging = false
    return statements.length
  }
  const [one, many] = [await countFor(1), await countFor(40)]
  expect(many).toBe(one)
  expect(one).toBeLessThanOrEqual(8)
})
