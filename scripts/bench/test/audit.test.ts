import { auditPurchases, type Books } from '../audit'
import type { Product } from '../stock-shop'
import { type Answer, newCustomer, startFakeShop } from './fake-shop'

const lines = [
  { productId: 'a', quantity: 1 },
  { productId: 'b', quantity: 2 },
]
const order = { orderNumber: 'DK-1', status: 'paid', paymentStatus: 'paid', totalAmount: 300, items: lines }
const payment = { status: 'completed', amount: 300, transactionId: 'RECEIPT001' }

let shop: Awaited<ReturnType<typeof startFakeShop>>
let answers: Record<string, unknown>

beforeEach(async () => {
  answers = {
    '/api/orders/1': { order },
    '/api/payments/order/1': { payments: [payment] },
    '/api/products/a': { product: { stock: 9 } },
    '/api/products/b': { product: { stock: 8 } },
    '/control/ledger?limit=1': { totals: { payments: 300 } },
  }
  shop = await startFakeShop(({ path }): Answer => [200, answers[path]])
})
afterEach(() => shop.close())

function audit(): Promise<string[]> {
  const books: Books = {
    url: shop.url,
    simulatorUrl: shop.url,
    customers: { fillers: [], buyers: [], keepSignedIn: async () => {} },
    products: ['a', 'b'].map((id) => ({ id, name: id.toUpperCase() }) as Product),
    stockBefore: new Map([
      ['a', 10],
      ['b', 10],
    ]),
    purchases: [{ customer: newCustomer(), orderId: '1', lines, checkoutRequestId: 'ws_CO_1', parts: {} }],
    quietMs: 0,
  }
  return auditPurchases(books)
}

test('books that add up', async () => {
  expect(await audit()).toEqual([])
})

test.each([
  [
    'an order that is not paid',
    '/api/orders/1',
    { order: { ...order, status: 'cancelled' } },
    /DK-1 is cancelled, paid/,
  ],
  ['other lines', '/api/orders/1', { order: { ...order, items: [lines[0]] } }, /DK-1 has other lines/],
  ['no payment', '/api/payments/order/1', { payments: [] }, /costs 30000 cents and was paid \[\]/],
  ['two payments', '/api/payments/order/1', { payments: [payment, payment] }, /was paid \[30000,30000\]/],
  ['another sum', '/api/payments/order/1', { payments: [{ ...payment, amount: 299 }] }, /was paid \[29900\]/],
  [
    'money that no callback told of',
    '/api/payments/order/1',
    { payments: [{ ...payment, transactionId: null }] },
    /without a receipt/,
  ],
  ['stock sold twice', '/api/products/b', { product: { stock: 6 } }, /stock of B is 6, and should be 8/],
  ['money that no order knows of', '/control/ledger?limit=1', { totals: { payments: 600 } }, /was paid 60000 cents/],
])('finds %s', async (_what, path, body, finding) => {
  answers[path] = body
  expect(await audit()).toEqual([expect.stringMatching(finding)])
})

test('waits for what takes a moment', async () => {
  answers['/api/products/a'] = { product: { stock: 10 } }
  setTimeout(() => {
    answers['/api/products/a'] = { product: { stock: 9 } }
  }, 100)
  const found = auditPurchases({
    url: shop.url,
    simulatorUrl: shop.url,
    customers: { fillers: [], buyers: [], keepSignedIn: async () => {} },
    products: [{ id: 'a', name: 'A' } as Product],
    stockBefore: new Map([['a', 10]]),
    purchases: [{ customer: newCustomer(), orderId: '1', lines, checkoutRequestId: 'ws_CO_1', parts: {} }],
    quietMs: 5000,
  })
  expect(await found).toEqual([])
})
