import { randomUUID } from 'node:crypto'
import { connectDatabase, createClient, queryRows, RemoteUnavailable } from '@duka/kit'
import { asUser, createTestDatabase, silentLog, startApp, testProof, verifyTestUser } from '@duka/testkit'
import supertest from 'supertest'
import { createRandom, type Random } from '../scripts/prove/random'
import { createApp as createCartApp } from '../services/cart/src/app'
import { createCartStore } from '../services/cart/src/cart-store'
import { keepOffers } from '../services/cart/src/offers'
import { createApp as createOrderApp } from '../services/order/src/app'
import { emptyCartLater } from '../services/order/src/empty-cart'
import { startFakeProduct } from '../services/order/test/fake-product'

type Shop = Awaited<ReturnType<typeof startShop>>

/** The real cart and order, each on a database of its own, beside a fake product. */
async function startShop() {
  const [cartDatabase, orderDatabase] = await Promise.all([createTestDatabase('cart'), createTestDatabase('order')])
  const product = await startFakeProduct()
  const carts = connectDatabase({ url: cartDatabase.url, applicationName: 'cart' })
  const orders = connectDatabase({ url: orderDatabase.url, applicationName: 'order' })
  const common = { log: silentLog, verifyUser: verifyTestUser }
  const clientOf = (name: 'cart' | 'order', target: 'cart' | 'product', baseUrl: string) =>
    createClient({ target, baseUrl, proof: testProof(name) })
  const cartApp = createCartApp({
    ...common,
    database: carts,
    carts: createCartStore(carts),
    proof: testProof('cart'),
    product: clientOf('cart', 'product', product.url),
    offers: keepOffers(),
    currency: 'KES',
  })
  const cart = await startApp(cartApp)
  const cartClient = clientOf('order', 'cart', cart.url)
  /** Whether the next order is told that cart is down when it wants it emptied. */
  const state = { isCartDown: () => false }
  const orderDeps = {
    ...common,
    database: orders,
    reads: orders,
    proof: testProof('order'),
    product: clientOf('order', 'product', product.url),
    cart: {
      call: ((contract, request) => {
        if (contract.path.endsWith('/ordered') && state.isCartDown())
          throw new RemoteUnavailable('cart', false, false, 'down')
        return cartClient.call(contract, request)
      }) as typeof cartClient.call,
    },
    payment: clientOf('order', 'cart', cart.url),
    pricing: { currency: 'KES', deliveryFee: 0, vatRate: 1600 },
    orderTtlMinutes: 30,
  }
  return {
    state,
    product,
    carts: supertest(cartApp),
    orders: supertest(createOrderApp(orderDeps)),
    orderDeps,
    rows: <T extends object>(name: 'cart' | 'order', sql: string, bind: unknown[]) =>
      queryRows<T>(name === 'cart' ? carts : orders, sql, bind),
    async stop() {
      await Promise.all([carts.close(), orders.close(), cart.stop(), product.stop()])
      await Promise.all([cartDatabase.drop(), orderDatabase.drop()])
    },
  }
}

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

const shippingAddress = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }

/** Somebody who shops from several windows at once, and remembers what was put into the cart. */
class Customer {
  readonly id = randomUUID()
  readonly putIn = new Map<string, number>()
  readonly answers: string[] = []
  private readonly authorization = asUser(this.id)

  constructor(
    private readonly random: Random,
    private readonly products: readonly string[],
  ) {}

  async add(): Promise<void> {
    const [productId, quantity] = [this.random.pick(this.products), this.random.between(1, 3)]
    const { status } = await shop.carts
      .post('/api/cart/items')
      .set('authorization', this.authorization)
      .send({ productId, quantity })
    if (status === 200) this.remember(productId, quantity)
  }

  /** Of the first product there is plenty, so that none of it is left behind. */
  async bringGuestCart(): Promise<void> {
    const [productId, quantity] = [this.products[0]!, this.random.between(1, 3)]
    const added = await shop.carts.post('/api/cart/items').send({ productId, quantity }).expect(200)
    const { status } = await shop.carts
      .post('/api/cart/merge')
      .set('authorization', this.authorization)
      .send({ cartToken: added.get('x-cart-token') })
    if (status === 200) this.remember(productId, quantity)
  }

  async order(): Promise<void> {
    const key = this.random.chance(0.5) ? { 'idempotency-key': this.random.text(12) } : {}
    const answer = await shop.orders
      .post('/api/orders')
      .set({ authorization: this.authorization, ...key })
      .send({ shippingAddress })
    this.answers.push(`${answer.status} ${answer.body.code ?? ''}`.trim())
  }

  private remember(productId: string, quantity: number): void {
    this.putIn.set(productId, (this.putIn.get(productId) ?? 0) + quantity)
  }
}

/** Does one thing after the other, and most before the one before it is done. */
async function shopAround(customer: Customer, random: Random): Promise<void> {
  const running: Promise<void>[] = []
  for (let n = 1; n <= 40; n++) {
    const choice = random.next()
    const step = choice < 0.45 ? customer.add() : choice < 0.55 ? customer.bringGuestCart() : customer.order()
    running.push(step)
    if (random.chance(0.4)) await step
  }
  await Promise.all(running)
}

interface Pieces {
  product_id: string
  pieces: number
}

async function countOrdered({ id }: Customer): Promise<Pieces[]> {
  const standing = `user_id = $1 AND status NOT IN ('placing', 'rejected')`
  for (const order of await shop.rows<{ id: string }>('order', `SELECT id FROM orders WHERE ${standing}`, [id])) {
    await emptyCartLater(shop.orderDeps, order.id)
  }
  const sql = `SELECT product_id, sum(quantity)::int AS pieces FROM order_items
    WHERE order_id IN (SELECT id FROM orders WHERE ${standing}) GROUP BY 1`
  return shop.rows('order', sql, [id])
}

function countLeft({ id }: Customer): Promise<Pieces[]> {
  const sql = `SELECT product_id, quantity AS pieces FROM cart_items
    WHERE cart_id = (SELECT id FROM carts WHERE user_id = $1)`
  return shop.rows('cart', sql, [id])
}

test.each([1, 2, 3, 4, 5])(
  'what is put in is ordered once or still there, whatever comes between (seed %i)',
  async (seed) => {
    const random = createRandom(seed, 'cart')
    const products = [1_000_000, 1_000_000, 6].map((stock) => shop.product.add({ stock }))
    const customer = new Customer(random, products)
    shop.state.isCartDown = () => random.chance(0.5)
    await shopAround(customer, random)
    shop.state.isCartDown = () => false
    const found = new Map<string, number>()
    for (const { product_id, pieces } of [...(await countOrdered(customer)), ...(await countLeft(customer))]) {
      found.set(product_id, (found.get(product_id) ?? 0) + pieces)
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(customer.putIn))
    expect(customer.answers).toContain('201')
    const expected = ['201', '400 cart_empty', '409 insufficient_stock', '503 order_busy', '503 order_not_placed']
    expect(expected).toEqual(expect.arrayContaining([...new Set(customer.answers)]))
  },
)
