import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import { acceptedAnswer, fault, startWire, tokenAnswer, type WireAnswer } from './fake-safaricom'
import {
  age,
  check,
  newOrder,
  newPhone,
  newReceipt,
  paidItems,
  pay,
  paymentRow,
  postCallback,
  reviewsOf,
  type Shop,
  startShop,
  startTry,
  triesOf,
  untilStatus,
  writeCallback,
} from './support'

let shop: Shop
let wire: Awaited<ReturnType<typeof startWire>>

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(async () => {
  wire = await startWire()
  shop.useSafaricom(wire.url)
  await shop.rows('DELETE FROM mpesa_tokens')
})
afterEach(() => wire.stop())

const pathOf = (push: { body: Record<string, unknown> } | undefined) => new URL(String(push!.body.CallBackURL)).pathname

test('sends what Safaricom documents', async () => {
  const before = Date.now()
  const order = newOrder(shop, { orderNumber: 'DK-20260102-000123-XYZ' })
  await pay(shop, order, { phoneNumber: '0722000001' }).expect(201)
  const [{ body, authorization }] = wire.pushes as [(typeof wire.pushes)[0]]
  expect(authorization).toBe('Bearer token-1')
  expect(wire.tokens).toEqual([`Basic ${Buffer.from('test-key:test-consumer-secret').toString('base64')}`])
  expect(body).toEqual({
    BusinessShortCode: '174379',
    Password: Buffer.from(`174379test-passkey-0123456789${body.Timestamp}`).toString('base64'),
    Timestamp: expect.stringMatching(/^\d{14}$/),
    TransactionType: 'CustomerPayBillOnline',
    Amount: 1500,
    PartyA: '254722000001',
    PartyB: '174379',
    PhoneNumber: '254722000001',
    CallBackURL: expect.stringMatching(/\/api\/webhook\/m\/[0-9a-f]{64}$/),
    AccountReference: 'DK2026010200',
    TransactionDesc: 'Order payment',
  })
  const [, ...parts] = /^(....)(..)(..)(..)(..)(..)$/.exec(String(body.Timestamp))!.map(Number)
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number]
  // Nairobi's clock is three hours ahead of UTC.
  const sentAt = Date.UTC(year, month - 1, day, hour - 3, minute, second)
  expect(Math.abs(sentAt - before)).toBeLessThan(5_000)
})

test('a shop that is paid into a till names it', async () => {
  shop.useSafaricom(wire.url, { tillNumber: '510510' })
  await pay(shop, newOrder(shop)).expect(201)
  expect(wire.pushes[0]!.body).toMatchObject({ TransactionType: 'CustomerBuyGoodsOnline', PartyB: '510510' })
})

describe('an unknown outcome', () => {
  const unclear: [string, WireAnswer][] = [
    ['the connection breaks', 'destroy'],
    ['a page of HTML', { status: 403, body: '<html>Request unsuccessful. Incapsula</html>' }],
    ['an empty 200', { status: 200, body: '' }],
    ['a success without ids', { status: 200, body: { ResponseCode: '0' } }],
    ['a redirect', { status: 302, body: '' }],
    ['no answer in time', 'hang'],
    ['an answer that never ends', 'trickle'],
    ['the ids of another payment', acceptedAnswer('ws_CO_taken')],
    ['an error that may have come too late', fault(500, '500.003.1001', 'Internal Server Error')],
    ['more than can be an answer', { status: 200, body: 'x'.repeat(150_000) }],
  ]

  let taken: string
  beforeAll(async () => {
    shop.useSafaricom(shop.safaricom.url)
    taken = (await startTry(shop)).id
  })

  test.each(unclear)('(%s) is kept, said to be checked, and never sent again', async (_what, answer) => {
    const order = newOrder(shop)
    await shop.rows(`UPDATE payments SET external_reference = 'ws_CO_taken' WHERE id = $1`, [taken])
    wire.push = () => answer
    const headers = { 'idempotency-key': randomUUID() }
    const request = { phoneNumber: newPhone() }
    const { body } = await pay(shop, order, request, headers).expect(201)
    expect(body).toMatchObject({ checkoutRequestId: null, payment: { status: 'pending', externalReference: null } })
    expect(body.message).toMatch(/checking/)
    wire.push = () => acceptedAnswer('ws_CO_never')
    await pay(shop, order, request, headers).expect(201)
    await pay(shop, order).expect(409)
    await check(shop, body.payment.id)
    expect(wire.pushes).toHaveLength(1)
    expect(await triesOf(shop, order)).toHaveLength(1)
  })

  test('is resolved by its callback, which the secret finds', async () => {
    const order = newOrder(shop)
    wire.push = () => 'destroy'
    const { body } = await pay(shop, order).expect(201)
    const receipt = newReceipt()
    const ids = { CheckoutRequestID: 'ws_CO_late', MerchantRequestID: 'm-late' }
    await postCallback(shop, pathOf(wire.pushes[0]), writeCallback({ ...ids, items: paidItems(receipt) })).expect(200)
    expect(await untilStatus(shop, body.payment.id, 'completed')).toMatchObject({
      transaction_id: receipt,
      external_reference: 'ws_CO_late',
      merchant_request_id: 'm-late',
    })
  })

  test('is resolved by a query once a callback has named the ids', async () => {
    wire.push = () => 'destroy'
    const { body } = await pay(shop, newOrder(shop)).expect(201)
    const undecided = { CheckoutRequestID: 'ws_CO_named', MerchantRequestID: 'm-named', ResultCode: 4999 }
    await postCallback(shop, pathOf(wire.pushes[0]), writeCallback(undecided)).expect(200)
    await eventually('ids kept', async () => (await paymentRow(shop, body.payment.id)).external_reference)
    wire.query = () => ({ status: 200, body: { ResponseCode: '0', ResultCode: '1037' } })
    expect(await check(shop, body.payment.id)).toMatchObject({ status: 'failed', failure_code: '1037' })
    expect(wire.queries).toMatchObject([{ CheckoutRequestID: 'ws_CO_named' }])
  })

  test('that names the ids of another payment is put before a person', async () => {
    wire.push = () => acceptedAnswer('ws_CO_first')
    const first = await pay(shop, newOrder(shop)).expect(201)
    wire.push = () => 'destroy'
    const { body } = await pay(shop, newOrder(shop)).expect(201)
    const text = writeCallback({
      CheckoutRequestID: 'ws_CO_first',
      MerchantRequestID: 'm-1',
      items: paidItems(newReceipt()),
    })
    await postCallback(shop, pathOf(wire.pushes[1]), text).expect(200)
    const [review] = await eventually('review', async () => {
      const reviews = await reviewsOf(shop, body.payment.id)
      return reviews.length > 0 && reviews
    })
    expect(review!.kind).toBe('wrong_ids')
    expect(await paymentRow(shop, body.payment.id)).toMatchObject({ status: 'pending', external_reference: null })
    expect(await paymentRow(shop, first.body.payment.id)).toMatchObject({ status: 'pending' })
  })

  test('becomes unknown after three minutes and lets a new try in', async () => {
    const order = newOrder(shop)
    wire.push = () => 'destroy'
    const { body } = await pay(shop, order).expect(201)
    await age(shop, body.payment.id, 181)
    expect(await check(shop, body.payment.id)).toMatchObject({ status: 'pending', failure_code: 'unknown' })
    wire.push = () => acceptedAnswer('ws_CO_new')
    await pay(shop, order).expect(201)
  })
})

describe('a definite refusal', () => {
  const refusals: [string, WireAnswer, number, string][] = [
    [
      'a phone number that M-Pesa does not know',
      fault(400, '400.002.02', 'Bad Request - Invalid PhoneNumber'),
      422,
      'payment_refused',
    ],
    [
      'a callback address that is refused',
      fault(400, '400.002.02', 'Bad Request - Invalid CallBackURL'),
      503,
      'provider_unavailable',
    ],
    ['a wrong shortcode', fault(500, '500.001.1001', 'Merchant does not exist'), 503, 'provider_unavailable'],
    ['a wrong passkey', fault(500, '500.001.1001', 'Wrong credentials'), 503, 'provider_unavailable'],
    [
      'a system that is busy',
      fault(500, '500.003.02', 'System is busy. Please try again in few minutes.'),
      503,
      'provider_unavailable',
    ],
    ['spike arrest', fault(500, '500.003.02', 'Error Occurred: Spike Arrest Violation'), 503, 'provider_unavailable'],
    ['a used-up quota', fault(500, '500.003.03', 'Quota Violation'), 503, 'provider_unavailable'],
    ['an error in a 200', fault(200, '400.002.02', 'Bad Request - Invalid PartyA'), 422, 'payment_refused'],
    [
      'a phone that is busy',
      fault(
        500,
        '500.001.1001',
        'Unable to lock subscriber, a transaction is already in process for the current subscriber',
      ),
      409,
      'payer_busy',
    ],
    ['a token that is never good', fault(404, '404.001.03', 'Invalid Access Token'), 503, 'provider_unavailable'],
  ]

  test.each(refusals)('(%s) ends the try and frees the next one', async (_what, refusal, status, code) => {
    const order = newOrder(shop)
    wire.push = () => refusal
    const answer = await pay(shop, order).expect(status)
    expect(answer.body.code).toBe(code)
    expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed', failure_code: code, next_check_at: null }])
    wire.push = () => acceptedAnswer(`ws_CO_${order.id}`)
    await pay(shop, order).expect(201)
  })

  test('of the service lets the same key try again; one of the request is kept', async () => {
    const order = newOrder(shop)
    const request = { phoneNumber: newPhone() }
    const headers = { 'idempotency-key': randomUUID() }
    wire.push = () => fault(500, '500.003.02', 'System is busy.')
    await pay(shop, order, request, headers).expect(503)
    wire.push = () => fault(400, '400.002.02', 'Bad Request - Invalid PhoneNumber')
    const refused = await pay(shop, order, request, headers).expect(422)
    wire.push = () => acceptedAnswer('ws_CO_unused')
    const replayed = await pay(shop, order, request, headers).expect(422)
    expect(replayed.body).toEqual(refused.body)
    expect(wire.pushes).toHaveLength(2)
    expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed' }, { status: 'failed' }])
  })

  test('a refused connection is one', async () => {
    await wire.stop()
    const order = newOrder(shop)
    const { body } = await pay(shop, order).expect(503)
    expect(body.code).toBe('provider_unavailable')
    expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed' }])
  })

  const tokenFaults: [string, WireAnswer][] = [
    ['breaks', 'destroy'],
    ['says nothing', 'hang'],
    ['never ends', 'trickle'],
    ['refuses the keys', { status: 400, body: '' }],
    ['is busy', fault(500, '500.003.02', 'System is busy.')],
    ['answers nonsense', { status: 200, body: '<html>' }],
  ]

  test.each(tokenFaults)('so is a token that cannot be had: Safaricom %s', async (_what, answer) => {
    wire.token = () => answer
    const order = newOrder(shop)
    const { body } = await pay(shop, order).expect(503)
    expect(body.code).toBe('provider_unavailable')
    expect(wire.pushes).toHaveLength(0)
    expect(await triesOf(shop, order)).toMatchObject([{ status: 'failed' }])
    wire.token = () => tokenAnswer('good')
    await pay(shop, order).expect(201)
  })
})

test('a late callback counts even for a try that was refused', async () => {
  wire.push = () => fault(500, '500.003.02', 'System is busy.')
  const order = newOrder(shop)
  await pay(shop, order).expect(503)
  const [payment] = await triesOf(shop, order)
  const ids = { CheckoutRequestID: 'ws_CO_after_all', MerchantRequestID: 'm-9' }
  await postCallback(shop, pathOf(wire.pushes[0]), writeCallback({ ...ids, items: paidItems(newReceipt()) })).expect(
    200,
  )
  await untilStatus(shop, payment!.id, 'completed')
})
