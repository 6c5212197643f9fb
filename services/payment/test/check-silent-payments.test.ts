import { eventually, waitingJobs } from '@duka/testkit'
import { checkSilentPayments } from '../src/check-silent-payments'
import { startWire, type WireAnswer } from './fake-safaricom'
import {
  age,
  callbackOf,
  check,
  deliver,
  newOrder,
  newReceipt,
  paidItems,
  pay,
  paymentRow,
  reviewsOf,
  type Shop,
  startShop,
  startTry,
  untilStatus,
} from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(async () => {
  shop.useSafaricom(shop.safaricom.url)
  await shop.rows('UPDATE payments SET next_check_at = NULL')
  await shop.rows('DELETE FROM mpesa_tokens')
})
afterEach(() => {
  shop.order.mood = 'up'
  shop.safaricom.control.changeSwitches({ lost: { rate: 0 }, queryDisagrees: { rate: 0 } })
})

/** A paid prompt whose callback never comes. */
async function startLostPayment() {
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  const started = await startTry(shop)
  shop.safaricom.control.pay(started.checkoutRequestId)
  return started
}

test('a payment whose callback is lost is completed by the answer to a query, without a receipt', async () => {
  const { id, order } = await startLostPayment()
  const row = await check(shop, id)
  expect(row).toMatchObject({ status: 'completed', transaction_id: null, next_check_at: null })
  expect(row.reported_at).not.toBeNull()
  expect(shop.orders.get(order.id)?.status).toBe('paid')
})

test('the receipt is filled in when the callback comes after all, and nothing else changes', async () => {
  const { id, checkoutRequestId } = await startLostPayment()
  const before = await check(shop, id)
  const receipt = newReceipt()
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, { items: paidItems(receipt) }))
  const after = await paymentRow(shop, id)
  expect(after).toMatchObject({ status: 'completed', transaction_id: receipt, completed_at: before.completed_at })
  expect(shop.order.reports.filter(({ paymentId }) => paymentId === id)).toHaveLength(1)
})

test('both shapes of "still pending" leave it pending, with longer and longer pauses', async () => {
  const { id } = await startTry(shop)
  const pauses: number[] = []
  for (let round = 0; round < 5; round++) {
    const row = await check(shop, id)
    expect(row).toMatchObject({ status: 'pending', failure_code: null, checks: round + 1 })
    pauses.push(Math.round((row.next_check_at!.getTime() - row.checked_at!.getTime()) / 1000))
  }
  expect(pauses).toEqual([30, 60, 120, 300, 300])
})

test('a failure that only a query tells ends the payment, and is asked about once more', async () => {
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  const { id, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  const failed = { status: 'failed', failure_code: '1032' }
  expect(await check(shop, id)).toMatchObject({ ...failed, next_check_at: expect.any(Date) })
  expect(await check(shop, id)).toMatchObject({ ...failed, next_check_at: null })
})

test('money that came after a cancelled prompt, without a callback, is found by the second look', async () => {
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  expect(await check(shop, id)).toMatchObject({ status: 'failed' })
  shop.safaricom.control.settle(checkoutRequestId, '0')
  expect(await check(shop, id)).toMatchObject({ status: 'completed', failure_code: null, next_check_at: null })
  await eventually('order told', async () => (await paymentRow(shop, id)).reported_at)
  expect(shop.order.reports.filter(({ paymentId }) => paymentId === id)).toMatchObject([{ orderId: order.id }])
})

test('a second look that gets no answer is taken again', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  await untilStatus(shop, id, 'failed')
  const wire = await startWire()
  shop.useSafaricom(wire.url)
  expect(await check(shop, id)).toMatchObject({ status: 'failed', next_check_at: expect.any(Date) })
  await wire.stop()
})

describe('no clear answer', () => {
  let wire: Awaited<ReturnType<typeof startWire>>
  beforeEach(async () => {
    wire = await startWire()
    shop.useSafaricom(wire.url)
  })
  afterEach(() => wire.stop())

  const unclear: [string, WireAnswer][] = [
    ['a broken connection', 'destroy'],
    ['an answer that never ends', 'trickle'],
    ['an empty 200', { status: 200, body: '' }],
    ['HTML', { status: 200, body: '<html>' }],
    ['a bot wall', { status: 403, body: '<html>' }],
    ['a success with status 500', { status: 500, body: { ResultCode: '0' } }],
    ['an unknown code', { status: 200, body: { ResponseCode: '0', ResultCode: '7777' } }],
    ['a code that is an object', { status: 200, body: { ResponseCode: '0', ResultCode: {} } }],
    ['the name of something in JavaScript', { status: 200, body: { ResultCode: 'toString' } }],
    ['an unknown id', { status: 400, body: { errorCode: '400.002.02', errorMessage: 'Invalid CheckoutRequestID' } }],
  ]

  test.each(unclear)('(%s) ends nothing', async (_what, answer) => {
    const { body } = await pay(shop, newOrder(shop)).expect(201)
    wire.query = () => answer
    expect(await check(shop, body.payment.id)).toMatchObject({ status: 'pending', failure_code: null })
    expect(wire.queries).toHaveLength(1)
  })

  test('a success as a number counts as one as text does', async () => {
    const { body } = await pay(shop, newOrder(shop)).expect(201)
    wire.query = () => ({ status: 200, body: { ResponseCode: '0', ResultCode: 0 } })
    expect(await check(shop, body.payment.id)).toMatchObject({ status: 'completed' })
  })

  test('one that Safaricom does not answer for holds up no other', async () => {
    const broken = await pay(shop, newOrder(shop)).expect(201)
    const good = await pay(shop, newOrder(shop)).expect(201)
    wire.query = ({ CheckoutRequestID }) =>
      CheckoutRequestID === broken.body.checkoutRequestId ? 'destroy' : { status: 200, body: { ResultCode: '0' } }
    await shop.rows('UPDATE payments SET next_check_at = now() WHERE id = $1', [broken.body.payment.id])
    expect(await check(shop, good.body.payment.id)).toMatchObject({ status: 'completed' })
    expect(await paymentRow(shop, broken.body.payment.id)).toMatchObject({ status: 'pending', checks: 1 })
  })
})

test('after three minutes of silence it is unknown, and still asked about', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  await age(shop, id, 181)
  const row = await check(shop, id)
  expect(row).toMatchObject({ status: 'pending', failure_code: 'unknown' })
  expect(row.next_check_at).not.toBeNull()
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  shop.safaricom.control.pay(checkoutRequestId)
  expect(await check(shop, id)).toMatchObject({ status: 'completed', failure_code: null, failure_message: null })
})

test('after two days a person decides, once', async () => {
  const { id } = await startTry(shop)
  await age(shop, id, 48 * 3600 + 1)
  expect(await check(shop, id)).toMatchObject({ status: 'pending', failure_code: 'unknown', next_check_at: null })
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'silent' }])
  await check(shop, id)
  expect(await reviewsOf(shop, id)).toHaveLength(1)
})

test('a query that denies what a callback claimed fails nothing while a person looks at it', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const wrong = callbackOf(shop, checkoutRequestId, { items: paidItems(newReceipt(), 1) })
  await deliver(shop, checkoutRequestId, wrong)
  shop.safaricom.control.changeSwitches({ lost: { rate: 1 } })
  shop.safaricom.control.cancel(checkoutRequestId)
  expect(await check(shop, id)).toMatchObject({ status: 'pending' })
  expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'wrong_amount' }])
})

test('a query that says failed never undoes a success', async () => {
  shop.safaricom.control.changeSwitches({ queryDisagrees: { rate: 1 } })
  const { id, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  await untilStatus(shop, id, 'completed')
  expect(await check(shop, id)).toMatchObject({ status: 'completed', checks: 0 })
})

test('a success comes over a failure that a query told', async () => {
  shop.safaricom.control.changeSwitches({ queryDisagrees: { rate: 1 }, lost: { rate: 1 } })
  const { id, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  expect(await check(shop, id)).toMatchObject({ status: 'failed' })
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  await untilStatus(shop, id, 'completed')
})

test('two instances share the work: each payment is asked about once', async () => {
  const wire = await startWire()
  shop.useSafaricom(wire.url)
  const tries = await Promise.all(Array.from({ length: 8 }, () => pay(shop, newOrder(shop)).expect(201)))
  const ids = tries.map(({ body }) => body.payment.id as string)
  await shop.rows('UPDATE payments SET next_check_at = now() WHERE id = ANY($1::uuid[])', [ids])
  await Promise.all([checkSilentPayments(shop.deps), checkSilentPayments(shop.deps), checkSilentPayments(shop.deps)])
  const asked = wire.queries.map(({ CheckoutRequestID }) => CheckoutRequestID)
  expect(asked).toHaveLength(8)
  expect(new Set(asked).size).toBe(8)
  await wire.stop()
})

test('nothing is asked before its time', async () => {
  const { id } = await startTry(shop)
  await checkSilentPayments(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({ checks: 0 })
  await age(shop, id, 20)
  await checkSilentPayments(shop.deps)
  expect(await paymentRow(shop, id)).toMatchObject({ checks: 1 })
})

test('a shop that lost its M-Pesa account keeps its payments pending', async () => {
  const { id } = await startTry(shop)
  shop.deps.mpesa = null
  expect(await check(shop, id)).toMatchObject({ status: 'pending', failure_code: null })
})

test('money that a query found is reported later where the order is down', async () => {
  const { id } = await startLostPayment()
  shop.order.mood = 'down'
  expect(await check(shop, id)).toMatchObject({ status: 'completed', reported_at: null })
  const job = await shop.row(`SELECT 1 FROM ${waitingJobs} WHERE key = $1`, [`report-payment:${id}`])
  expect(job).toBeDefined()
})
