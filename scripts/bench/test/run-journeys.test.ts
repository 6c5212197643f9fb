import { buy, type Purchase } from '../buy'
import { emptyCart } from '../purchase-cases'
import { runJourneys } from '../run-journeys'
import { type Answer, newCustomer, startFakeShop } from './fake-shop'

const lines = [
  { productId: 'a', quantity: 1 },
  { productId: 'b', quantity: 2 },
]
const paid = { order: { id: 'the-order', status: 'paid' } }

let shop: Awaited<ReturnType<typeof startFakeShop>>
let purchases: Purchase[]

beforeEach(() => {
  purchases = []
})
afterEach(() => shop.close())

const run = (customers = [newCustomer()], seconds = 0.2) =>
  runJourneys({
    url: shop.url,
    customers,
    seconds,
    journey: async (client, customer) => {
      const purchase = await buy(client, customer, lines)
      purchases.push(purchase)
      return purchase.parts
    },
    recover: emptyCart,
  })

function answerAll(path: string, method: string): Answer {
  if (path === '/api/orders') return [201, { order: { ...paid.order, status: 'pending' } }]
  if (path === '/api/payments/mpesa') return [201, { checkoutRequestId: 'ws_CO_1' }]
  return [200, method === 'GET' ? paid : {}]
}

test('a journey is two lines, an order, a prompt, and looking until it is paid', async () => {
  let looks = 0
  shop = await startFakeShop(({ method, path }) => {
    if (method === 'GET') return [200, { order: { ...paid.order, status: ++looks % 3 === 0 ? 'paid' : 'pending' } }]
    return answerAll(path, method)
  })
  const sample = await run()
  expect(shop.asked.slice(0, 7)).toEqual([
    { method: 'POST', path: '/api/cart/items', body: lines[0] },
    { method: 'POST', path: '/api/cart/items', body: lines[1] },
    { method: 'POST', path: '/api/orders', body: expect.objectContaining({ paymentMethod: 'mpesa' }) },
    { method: 'POST', path: '/api/payments/mpesa', body: { orderId: 'the-order', phoneNumber: '254711000000' } },
    ...Array.from({ length: 3 }, () => ({ method: 'GET', path: '/api/orders/the-order', body: undefined })),
  ])
  expect(sample.failures).toEqual([])
  expect(sample.parts.looks).toEqual(sample.latenciesMs.map(() => 3))
})

test('every journey is told of, and those of the beginning are not counted', async () => {
  shop = await startFakeShop(({ path, method }) => answerAll(path, method))
  const sample = await run([newCustomer(1), newCustomer(2)])
  expect(purchases).toHaveLength(sample.finished)
  expect(purchases[0]).toMatchObject({ orderId: 'the-order', lines })
  expect(sample.count).toBeGreaterThan(0)
  expect(sample.count).toBeLessThanOrEqual(sample.finished - 2)
  expect(sample.seconds).toBeGreaterThanOrEqual(0.2)
})

test('a journey that takes longer than the time is measured whole, and nobody rests meanwhile', async () => {
  const slowMs = 500
  let [orders, ends, slowUntil] = [0, 0, 0]
  shop = await startFakeShop(({ method, path }) => {
    if (path === '/api/orders') {
      // By then both customers have made a journey.
      const isSlow = slowUntil === 0 && ends > 4
      if (isSlow) slowUntil = performance.now() + slowMs
      return [201, { order: { id: isSlow ? 'slow' : String(++orders), status: 'pending' } }]
    }
    if (path === '/api/orders/slow' && performance.now() < slowUntil) return [200, { order: { status: 'pending' } }]
    if (method === 'GET') ends++
    return answerAll(path, method)
  })
  const sample = await run([newCustomer(1), newCustomer(2)], 1)
  expect(Math.max(...sample.latenciesMs)).toBeGreaterThan(slowMs)
  expect(sample.seconds).toBeGreaterThan(slowMs / 1000)
  expect(sample.count).toBeGreaterThan(sample.latenciesMs.length)
})

test('another answer is a failure with its code and request, and the cart is emptied for the next journey', async () => {
  let orders = 0
  shop = await startFakeShop(({ method, path }) => {
    if (path === '/api/orders' && ++orders === 1) return [409, { code: 'insufficient_stock' }]
    return answerAll(path, method)
  })
  const sample = await run()
  expect(sample.failures).toEqual([{ what: 'POST /api/orders 409 insufficient_stock', requestId: 'request-3' }])
  expect(shop.asked[3]).toMatchObject({ method: 'DELETE', path: '/api/cart' })
  expect(purchases.length).toBeGreaterThan(0)
})

test('ids are left out of what went wrong, so that it can be counted', async () => {
  shop = await startFakeShop(({ method, path }) => {
    if (path === '/api/orders') return [201, { order: { id: '01a20527-a2b7-78bf-8967-55e605f4c509' } }]
    return method === 'GET' ? [502, {}] : answerAll(path, method)
  })
  const { failures } = await run()
  expect(failures[0]?.what).toBe('GET /api/orders/:id 502')
})
