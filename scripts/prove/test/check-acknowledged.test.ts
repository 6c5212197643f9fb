import type { Books } from '../../audit/books'
import { addPurchase, createSmallShop, type SmallShop } from '../../audit/test/small-shop'
import { checkAcknowledged } from '../check-acknowledged'
import { Memory } from '../memory'
import type { Shopper } from '../shopper'

let shop: SmallShop
let books: Books
let memory: Memory
let answers: Record<string, { status: number; body: unknown }>

beforeAll(async () => {
  shop = await createSmallShop()
  books = await shop.openBooks()
})
afterAll(async () => {
  await books.close()
  await shop.remove()
})

const lines = [{ productId: 'a', quantity: 2 }]
const order = { status: 'paid', totalAmount: 300, items: lines }
const owner = { ask: async (_method: string, path: string) => answers[path] } as unknown as Shopper

beforeEach(() => {
  memory = new Memory()
  memory.orders.set('1', { id: '1', owner, totalAmount: 300, lines, expiresAt: undefined })
  memory.payments.set('2', { id: '2', owner, orderId: '1' })
  answers = {
    '/api/orders/1': { status: 200, body: { order } },
    '/api/payments/2': { status: 200, body: { payment: { orderId: '1' } } },
  }
})

test('is content with what is as it was answered', async () => {
  expect(await checkAcknowledged(memory, books)).toEqual([])
})

test.each([
  ['an order that is gone', '/api/orders/1', 404, {}, /order 1 was answered 201, and reading it is answered 404/],
  ['another price', '/api/orders/1', 200, { order: { ...order, totalAmount: 299 } }, /cost 300, and costs 299/],
  ['other lines', '/api/orders/1', 200, { order: { ...order, items: [] } }, /has other lines now/],
  ['a payment that is gone', '/api/payments/2', 404, {}, /payment 2 was answered 201/],
  ['a payment of another order', '/api/payments/2', 200, { payment: { orderId: '9' } }, /was of order 1, and is of 9/],
])('finds %s', async (_what, path, status, body, says) => {
  answers[path] = { status, body }
  expect(await checkAcknowledged(memory, books)).toEqual([expect.stringMatching(says)])
})

test('finds an order that was cancelled and is not', async () => {
  memory.cancelled.add('1')
  answers['/api/orders/1'] = { status: 200, body: { order: { ...order, status: 'pending' } } }
  expect(await checkAcknowledged(memory, books)).toEqual([
    expect.stringMatching(/was cancelled with 200, and is pending/),
  ])
})

test('finds cash that was confirmed and is cancelled by nobody, and cash that was collected and is not', async () => {
  memory.confirmed.add('1')
  memory.collected.add('2')
  answers['/api/orders/1'] = { status: 200, body: { order: { ...order, status: 'cancelled' } } }
  answers['/api/payments/2'] = { status: 200, body: { payment: { orderId: '1', status: 'pending' } } }
  expect(await checkAcknowledged(memory, books)).toEqual([
    expect.stringMatching(/was confirmed with 201, and is cancelled/),
    expect.stringMatching(/was collected with 200, and it is pending/),
  ])
  memory.refused.add('1')
  expect(await checkAcknowledged(memory, books)).toHaveLength(1)
})

test('finds deliveries that are lost or came twice', async () => {
  const { productId } = await addPurchase(shop, 'pending')
  const deliver = (reason: string) =>
    shop.run(
      'product',
      `INSERT INTO stock_movements (product_id, kind, available_delta, actor, reason) VALUES ($1, 'adjustment', 1, 'test', $2)`,
      [productId, reason],
    )
  for (const reason of ['once', 'twice', 'twice']) await deliver(reason)
  for (const reason of ['once', 'twice', 'never']) memory.restocks.add(reason)
  expect(await checkAcknowledged(memory, books)).toEqual([
    expect.stringMatching(/"twice" was answered 200, and came 2 times/),
    expect.stringMatching(/"never" was answered 200, and came 0 times/),
  ])
})

test('finds refunds and callbacks that are lost', async () => {
  memory.refunds.add('01a205f5-b7c0-7876-bea6-b1b0285e166f')
  memory.callbacks.push({ secret: '', body: '{}' }, { secret: 'abc', body: '{}' })
  expect(await checkAcknowledged(memory, books)).toEqual([
    expect.stringMatching(/refund .* was answered 202, and does not exist/),
    expect.stringMatching(/2 of 2 callbacks that were answered 200 were not kept/),
  ])
})

test('tells what was seen to be broken at once', async () => {
  memory.broken.push('one cart became two orders')
  expect(await checkAcknowledged(memory, books)).toEqual(['one cart became two orders'])
})
