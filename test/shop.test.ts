import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { AnswerOf, cartContract, orderContract } from '@duka/contracts'
import { eventually } from '@duka/testkit'
import { runDemo } from '../scripts/demo'
import { inBatches } from './security/in-batches'
import { startTestShop, type TestShop } from './shop-support'

const rootDir = join(__dirname, '..')
let shop: TestShop

beforeAll(async () => {
  shop = await startTestShop(rootDir)
}, 300_000)
afterAll(() => shop?.remove())

const address = { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' }

describe('one purchase', () => {
  test('the demo finds everything as it should be', async () => {
    const lines: string[] = []
    await runDemo({ url: shop.url, simulatorUrl: shop.simulatorUrl, print: (line) => lines.push(line) })
    expect(lines.length).toBeGreaterThan(20)
  }, 300_000)

  test('the lines of the README buy something', async () => {
    const readme = readFileSync(join(rootDir, 'README.md'), 'utf8')
    const script = /```sh\n(.*?)```/s.exec(readme)?.[1]
    expect(script).toContain('shop=http://localhost:5000')
    const lines = script!.replace('http://localhost:5000', shop.url)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', lines], { timeout: 50_000 })
    expect(stdout).toMatch(/Paid, with the receipt [A-Z0-9]{10}\n$/)
  }, 300_000)
})

describe('the last piece', () => {
  test('of ten buyers at once one gets it, and nine get a 409', async () => {
    const product = await shop.createProduct({ stock: 1, price: 500 })
    const buyers = await Promise.all(Array.from({ length: 10 }, () => shop.register()))
    const body = { items: [{ productId: product.id, quantity: 1 }], shippingAddress: address }
    const answers = await Promise.all(buyers.map((buyer) => shop.post('/api/orders', body, buyer)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)])
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expect(answer.body).toMatchObject({ code: 'insufficient_stock', available: 0 })
    }
    expect((await shop.readProduct(product.id)).stock).toBe(0)
    const lists = await Promise.all(buyers.map((buyer) => shop.get('/api/orders', buyer)))
    const totals = lists.map(({ body }) => (body as { totalOrders: number }).totalOrders)
    expect(totals.reduce((sum, total) => sum + total)).toBe(1)
  })
})

describe('a callback that comes twice', () => {
  test('pays once', async () => {
    const { buyer, orderId, paymentId, checkoutRequestId } = await shop.startToPay('0700000000')
    const paid = await shop.untilPaid(buyer, orderId, paymentId)
    await shop.simulator(`/control/transactions/${checkoutRequestId}/redeliver`)
    await shop.simulator(`/control/transactions/${checkoutRequestId}/redeliver`)
    const again = await shop.get(`/api/payments/${paymentId}`, buyer)
    expect(again.body).toEqual({ payment: paid })
    const history = (await shop.get(`/api/orders/${orderId}/history`, buyer)).body as { history: { to: string }[] }
    expect(history.history.map(({ to }) => to)).toEqual(['pending', 'paid'])
  })
})

describe('a payment service that is killed', () => {
  test('while the prompt is on the phone: the callback finds the one that comes back', async () => {
    const { buyer, orderId, paymentId, checkoutRequestId } = await shop.startToPay()
    await shop.killAndWait('payment')
    await shop.simulator(`/control/prompts/${checkoutRequestId}/pay`)
    const payment = await shop.untilPaid(buyer, orderId, paymentId)
    expect(payment.transactionId).toMatch(/^[A-Z0-9]{10}$/)
  }, 300_000)

  test('when the callback comes: Safaricom is asked, and the order is paid', async () => {
    const { buyer, orderId, paymentId, checkoutRequestId } = await shop.startToPay()
    await shop.simulator('/control/faults', { lost: { rate: 1 } })
    await shop.simulator(`/control/prompts/${checkoutRequestId}/pay`)
    await shop.simulator('/control/faults', { lost: { rate: 0 } })
    await shop.killAndWait('payment')
    // A callback without the secret proves nothing, but it makes us ask at once instead of in twenty seconds.
    const ids = { MerchantRequestID: 'unknown', CheckoutRequestID: checkoutRequestId }
    const callback = { Body: { stkCallback: { ...ids, ResultCode: 0, ResultDesc: 'paid' } } }
    expect((await shop.post('/api/webhook/mpesa', callback)).status).toBe(200)
    await shop.untilPaid(buyer, orderId, paymentId)
  }, 300_000)

  test('right after it took the money: the order still learns of it', async () => {
    const { buyer, orderId, paymentId, checkoutRequestId } = await shop.startToPay()
    shop.signal('order', 'SIGSTOP')
    await shop.simulator(`/control/prompts/${checkoutRequestId}/pay`)
    await eventually('the payment to be completed', async () => {
      const { body } = await shop.get(`/api/payments/${paymentId}`, buyer)
      return (body as { payment: { status: string } }).payment.status === 'completed'
    })
    await shop.killAndWait('payment')
    shop.signal('order', 'SIGCONT')
    await shop.untilPaid(buyer, orderId, paymentId)
  }, 300_000)

  test('an order that is placed while order is killed is whole or not there', async () => {
    const product = await shop.createProduct({ stock: 40, price: 250 })
    const buyer = await shop.register()
    const place = (key: string) =>
      shop
        .post('/api/orders', { items: [{ productId: product.id, quantity: 1 }], shippingAddress: address }, buyer, {
          'Idempotency-Key': key,
        })
        .catch(() => ({ status: 0, body: {} }))
    const keys = Array.from({ length: 20 }, () => randomUUID())
    const first = keys.map(place)
    await Promise.race(first)
    await shop.killAndWait('order')
    await Promise.all(first)
    // The customer's app sends again what got no answer, under the same key.
    for (const key of keys) {
      await eventually('the order to stand', async () => (await place(key)).status === 201, 60_000)
    }
    const { body } = await shop.get('/api/orders?limit=100', buyer)
    expect((body as { totalOrders: number }).totalOrders).toBe(20)
    expect((await shop.readProduct(product.id)).stock).toBe(20)
  }, 300_000)
})

describe('the way of an order', () => {
  const take = async (orderId: string, body: object) =>
    shop.send('PATCH', `/api/admin/orders/${orderId}/status`, { body, token: await shop.admin() })
  const readOrder = async (orderId: string) => {
    const { body } = await shop.get(`/api/admin/orders/${orderId}`, await shop.admin())
    return (body as { order: orderContract.AdminOrder }).order
  }
  const stockOf = async (orderId: string) =>
    (await shop.readProduct((await readOrder(orderId)).items[0]!.productId)).stock

  async function startCash() {
    const product = await shop.createProduct({ stock: 5, price: 1200 })
    const buyer = await shop.register()
    const items = [{ productId: product.id, quantity: 2 }]
    const placed = await shop.post('/api/orders', { items, shippingAddress: address }, buyer)
    const { id: orderId } = (placed.body as { order: orderContract.Order }).order
    const chosen = await shop.post('/api/payments/cash-on-delivery', { orderId }, buyer)
    expect([chosen.status, (await readOrder(orderId)).status]).toEqual([201, 'confirmed'])
    for (const status of ['processing', 'shipped']) expect((await take(orderId, { status })).status).toBe(200)
    return { orderId, paymentId: (chosen.body as { payment: { id: string } }).payment.id }
  }

  test('that is paid, and cancelled: its stock is back, then its money, and the timeline tells it all', async () => {
    const { buyer, orderId, paymentId } = await shop.startToPay('0700000000')
    await shop.untilPaid(buyer, orderId, paymentId)
    const cancelled = await shop.send('PUT', `/api/orders/${orderId}/cancel`, { body: {}, token: buyer })
    expect([cancelled.status, await stockOf(orderId)]).toEqual([200, 5])
    await eventually(
      'the money to be back',
      async () => (await readOrder(orderId)).paymentStatus === 'refunded',
      60_000,
    )
    expect(await readOrder(orderId)).toMatchObject({ status: 'cancelled', refundedAmount: 2400, paymentId })
    const { body } = await shop.get(`/api/admin/orders/${orderId}/timeline`, await shop.admin())
    const timeline = body as AnswerOf<typeof orderContract.readOrderTimeline>
    expect(timeline).toMatchObject({ missing: [], jobs: [] })
    const kinds = timeline.events.map(({ kind }) => kind)
    const hops = [
      'written',
      'stock_reserve',
      'payment_started',
      'callback',
      'money_taken',
      'stock_commit',
      'stock_release',
    ]
    expect(kinds).toEqual(expect.arrayContaining([...hops, 'refund_requested', 'refund_succeeded']))
    const history = (await shop.get(`/api/orders/${orderId}/history`, buyer)).body
    expect(history).toMatchObject({
      isComplete: true,
      history: [{ to: 'pending' }, { to: 'paid' }, { to: 'cancelled' }, {}],
    })
  }, 300_000)

  test('that is paid in cash: whoever says that it was delivered has collected its money', async () => {
    const { orderId, paymentId } = await startCash()
    expect((await take(orderId, { status: 'delivered', note: 'Left with the guard' })).status).toBe(200)
    await eventually('the cash to be noted', async () => (await readOrder(orderId)).paymentStatus === 'paid', 30_000)
    expect(await readOrder(orderId)).toMatchObject({
      status: 'delivered',
      paymentId,
      statusNote: 'Left with the guard',
    })
    expect(await stockOf(orderId)).toBe(3)
  })

  test('that nobody takes at the door: it is cancelled, and its stock is back', async () => {
    const { orderId, paymentId } = await startCash()
    const refused = await shop.post(`/api/payments/${paymentId}/refuse`, { reason: 'Moved away' }, await shop.admin())
    expect(refused.status).toBe(200)
    await eventually('the order to be cancelled', async () => (await readOrder(orderId)).status === 'cancelled', 30_000)
    expect(await stockOf(orderId)).toBe(5)
  })
})

describe('a card', () => {
  const statusOf = async (orderId: string, buyer: string) =>
    ((await shop.get(`/api/orders/${orderId}`, buyer)).body as AnswerOf<typeof orderContract.readOrder>).order.status

  test('that is declined first pays an order, and gets its money back', async () => {
    const { buyer, orderId, paymentId, intentId } = await shop.startToPayByCard()
    await shop.cards(`/control/payments/${intentId}/pm_card_visa_chargeDeclined`)
    await shop.cards(`/control/payments/${intentId}/pm_card_visa`)
    const payment = await shop.untilPaid(buyer, orderId, paymentId)
    expect(payment).toMatchObject({ provider: 'stripe', transactionId: expect.stringMatching(/^ch_/) })
    const refund = await shop.post(`/api/payments/${paymentId}/refund`, { reason: 'It broke' }, await shop.admin())
    expect(refund.status).toBe(202)
    await eventually('the money to be back', async () => (await statusOf(orderId, buyer)) === 'refunded', 30_000)
  }, 300_000)

  test('pays an order while payment is killed: Stripe tells the one that comes back, or is asked', async () => {
    const { buyer, orderId, paymentId, intentId } = await shop.startToPayByCard()
    await shop.cards('/control/faults', { retries: { afterMs: Array(60).fill(500) } })
    shop.signal('payment', 'SIGKILL')
    await shop.cards(`/control/payments/${intentId}/pm_card_visa`)
    await shop.untilPaid(buyer, orderId, paymentId)
  }, 300_000)

  test('can pay no more once its order is cancelled', async () => {
    const { buyer, orderId, intentId } = await shop.startToPayByCard()
    const cancelled = await shop.send('PUT', `/api/orders/${orderId}/cancel`, { body: {}, token: buyer })
    expect(cancelled.status).toBe(200)
    await expect(shop.cards(`/control/payments/${intentId}/pm_card_visa`)).rejects.toThrow('409')
    expect(await statusOf(orderId, buyer)).toBe('cancelled')
  })
})

describe('a price that changes under a cart', () => {
  test('is refused while it was not shown, shown at the next look, and then it is what is paid', async () => {
    const product = await shop.createProduct({ stock: 5, price: 400 })
    const buyer = await shop.register()
    const order = () => shop.post('/api/orders', { shippingAddress: address }, buyer)
    await shop.post('/api/cart/items', { productId: product.id, quantity: 2 }, buyer)
    await shop.send('PATCH', `/api/products/${product.id}`, { body: { price: 450 }, token: await shop.admin() })
    const refused = await order()
    expect([refused.status, refused.body]).toEqual([409, expect.objectContaining({ code: 'price_changed' })])
    const { cart } = (await shop.get('/api/cart', buyer)).body as { cart: cartContract.Cart }
    expect(cart).toMatchObject({ totalAmount: 900, items: [{ price: 450, priceChanged: { from: 400 } }] })
    const placed = await order()
    expect([placed.status, placed.body]).toEqual([
      201,
      expect.objectContaining({ order: expect.objectContaining({ subtotal: 900 }) }),
    ])
  })
})

describe('a product service that is killed', () => {
  test('under a crowd: nobody gets a piece that is not there, and no piece is lost', async () => {
    const product = await shop.createProduct({ stock: 15, price: 250 })
    const body = { items: [{ productId: product.id, quantity: 1 }], shippingAddress: address }
    // Auth hashes few passwords at once, and sends a larger crowd away to try again.
    const crowd = await inBatches(Array.from({ length: 30 }), 10, () => shop.register())
    const place = (buyer: string, key: string) => shop.post('/api/orders', body, buyer, { 'Idempotency-Key': key })
    const buyers = crowd.map((token) => ({ token, key: randomUUID() }))
    const first = buyers.map(({ token, key }) => place(token, key))
    await Promise.race(first)
    await shop.killAndWait('product')
    await Promise.all(first)
    // Each buyer's app sends again what got no clear answer, under the same key.
    const settle = async ({ token, key }: (typeof buyers)[number]) => {
      let status = 0
      await eventually(
        'a clear answer',
        async () => {
          status = (await place(token, key)).status
          return status === 201 || status === 409
        },
        60_000,
      )
      return status
    }
    const statuses = await Promise.all(buyers.map(settle))
    const placed = statuses.filter((status) => status === 201).length
    // What was held for an order that was given up comes back by its job.
    const left = async () => (await shop.readProduct(product.id)).stock
    await eventually('all pieces to be sold or back', async () => (await left()) === 15 - placed, 30_000)
    expect(placed).toBeGreaterThan(0)
    const lists = await Promise.all(buyers.map(({ token }) => shop.get('/api/orders', token)))
    const totals = lists.map(({ body }) => (body as { totalOrders: number }).totalOrders)
    expect(totals.reduce((sum, total) => sum + total)).toBe(placed)
  }, 300_000)
})

describe('errors have the shapes of the contract', () => {
  const problem = (status: number, code: string) =>
    expect.objectContaining({
      type: expect.any(String),
      title: expect.any(String),
      status,
      code,
      requestId: expect.any(String),
    })

  const cases: [string, () => ReturnType<TestShop['send']>, number, string][] = [
    ['no token', () => shop.get('/api/orders'), 401, 'unauthorized'],
    ['a bad token', () => shop.get('/api/cart', 'nonsense'), 401, 'unauthorized'],
    ['an unknown path', () => shop.get('/api/nothing'), 404, 'not_found'],
    ['an id that is no UUID', () => shop.get('/api/products/5'), 404, 'not_found'],
    ['an internal path', () => shop.post('/api/internal/check-stock', {}), 404, 'not_found'],
    ['verify', () => shop.post('/api/verify', {}), 404, 'not_found'],
    ['a wrong method', () => shop.send('DELETE', '/api/orders'), 405, 'method_not_allowed'],
    ['no JSON', () => shop.send('POST', '/api/auth/login', { raw: '{"email":' }), 400, 'invalid_json'],
    ['a missing field', () => shop.post('/api/auth/login', { email: 'a@example.com' }), 400, 'validation_failed'],
    ['a page size over 100', () => shop.get('/api/products?limit=101'), 400, 'validation_failed'],
    ['a huge body', () => shop.post('/api/auth/login', { email: 'x'.repeat(2_000_000) }), 413, 'payload_too_large'],
  ]
  test.each(cases)('%s', async (_name, call, status, code) => {
    const answer = await call()
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.body).toEqual(problem(status, code))
    expect(answer.headers.get('x-request-id')).toBe((answer.body as { requestId: string }).requestId)
  })

  test('a customer may not do what an admin may', async () => {
    const answer = await shop.post('/api/products', { name: 'Mine' }, await shop.register())
    expect([answer.status, answer.body]).toEqual([403, problem(403, 'forbidden')])
  })

  test('the request id of the client is taken over', async () => {
    const answer = await shop.send('GET', '/api/products?limit=1', { headers: { 'X-Request-Id': 'my-request-0001' } })
    expect(answer.headers.get('x-request-id')).toBe('my-request-0001')
  })
})
