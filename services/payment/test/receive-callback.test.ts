import { randomBytes } from 'node:crypto'
import { eventually } from '@duka/testkit'
import supertest from 'supertest'
import { deleteOldUnmatchedEvents } from '../src/receive-callback'
import {
  callbackOf,
  callbackPath,
  deliver,
  type EventRow,
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

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.safaricom.control.reset()
})

const accepted = { ResultCode: 0, ResultDesc: 'Accepted' }
const paid = (receipt: string, amount?: unknown) => ({ items: paidItems(receipt, amount) })
const eventsOf = (id: string) => shop.rows<EventRow>('SELECT * FROM webhook_events WHERE payment_id = $1', [id])
const reportsOf = (id: string) => shop.order.reports.filter(({ paymentId }) => paymentId === id)

test('a paid prompt completes the payment with its receipt, and the order hears of it', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.pay(checkoutRequestId)
  const row = await untilStatus(shop, id, 'completed')
  const [entry] = shop.safaricom.control.ledger().entries
  expect(row).toMatchObject({ transaction_id: entry!.receipt, failure_code: null, next_check_at: null })
  await eventually('order told', async () => (await paymentRow(shop, id)).reported_at)
  expect(reportsOf(id)).toEqual([
    { orderId: order.id, paymentId: id, provider: 'mpesa', status: 'paid', amount: 1500, currency: 'KES' },
  ])
})

test.each([
  ['1', /not enough money/],
  ['1032', /cancelled/],
  ['1037', /nobody answered/],
  ['2001', /PIN was wrong/],
  ['SFC_IC0003', /not set up/],
])('result %s fails the payment in words for people, and the next try is let in', async (code, words) => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.settle(checkoutRequestId, code)
  const row = await untilStatus(shop, id, 'failed')
  expect(row).toMatchObject({ failure_code: code, failure_message: expect.stringMatching(words) })
  expect(reportsOf(id)).toEqual([])
  await pay(shop, order).expect(201)
})

test.each([4999, 1001, '9999', 'E3008', 'constructor', '__proto__', '', 0.5])(
  'result %p decides nothing: Safaricom is asked',
  async (code) => {
    const { id, checkoutRequestId } = await startTry(shop)
    const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, { ResultCode: code }))
    expect(event.outcome).toBe('ignored')
    const row = await paymentRow(shop, id)
    expect(row).toMatchObject({ status: 'pending', failure_code: null })
    expect(row.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now())
  },
)

test('a callback that comes before the push is answered finds its payment', async () => {
  shop.safaricom.control.changeSwitches({ beforeAnswer: { rate: 1 } })
  const { body } = await pay(shop, newOrder(shop)).expect(201)
  const row = await untilStatus(shop, body.payment.id, 'completed')
  expect(row.external_reference).toBe(body.checkoutRequestId)
  expect(row.transaction_id).not.toBeNull()
})

test('a callback whose push lost its answer finds its payment', async () => {
  const phoneNumber = newPhone()
  shop.safaricom.control.changeSwitches({ answerLost: { rate: 1 } })
  const { body } = await pay(shop, newOrder(shop), { phoneNumber }).expect(201)
  expect(body).toMatchObject({ checkoutRequestId: null, payment: { status: 'pending' } })
  const [prompt] = shop.safaricom.control.prompts(phoneNumber)
  shop.safaricom.control.pay(prompt!.checkoutRequestId)
  const row = await untilStatus(shop, body.payment.id, 'completed')
  expect(row.external_reference).toBe(prompt!.checkoutRequestId)
})

test('many copies at once count once', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const path = callbackPath(shop, checkoutRequestId)
  const text = callbackOf(shop, checkoutRequestId)
  const answers = await Promise.all(Array.from({ length: 12 }, () => postCallback(shop, path, text)))
  for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, accepted])
  await eventually('order told', async () => (await paymentRow(shop, id)).reported_at)
  expect(await eventsOf(id)).toMatchObject([{ outcome: 'applied' }])
  expect(reportsOf(id)).toHaveLength(1)
})

test('the same success in other bytes is ignored', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const receipt = newReceipt()
  const path = callbackPath(shop, checkoutRequestId)
  const texts = [1500, '1500.00', 1500].map((amount) => callbackOf(shop, checkoutRequestId, paid(receipt, amount)))
  texts[2] = `${texts[2]}\n`
  await Promise.all(texts.map((text) => postCallback(shop, path, text).expect(200)))
  const events = await eventually('all applied', async () => {
    const rows = await eventsOf(id)
    return rows.length === 3 && rows
  })
  expect(events.map(({ outcome }) => outcome).sort()).toEqual(['applied', 'ignored', 'ignored'])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', transaction_id: receipt })
})

test('a failure after a success undoes nothing', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  const before = await untilStatus(shop, id, 'completed')
  const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, { ResultCode: 1032 }))
  expect(event.outcome).toBe('ignored')
  const after = await paymentRow(shop, id)
  expect(after).toMatchObject({ status: 'completed', transaction_id: before.transaction_id, failure_code: null })
})

test('a success after a failure counts', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  await untilStatus(shop, id, 'failed')
  shop.safaricom.control.settle(checkoutRequestId, '0')
  const row = await untilStatus(shop, id, 'completed')
  expect(row).toMatchObject({ failure_code: null, failure_message: null, transaction_id: expect.any(String) })
  await eventually('order paid', async () => shop.orders.get(order.id)?.status === 'paid')
})

test('success and failure at once end in success', async () => {
  for (let round = 0; round < 5; round++) {
    const { id, checkoutRequestId } = await startTry(shop)
    const path = callbackPath(shop, checkoutRequestId)
    const texts = [{ ResultCode: 1032 }, {}].map((change) => callbackOf(shop, checkoutRequestId, change))
    await Promise.all(texts.map((text) => postCallback(shop, path, text).expect(200)))
    await eventually('both applied', async () => (await eventsOf(id)).length === 2)
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', failure_code: null })
  }
})

test('a success after a new try was let in counts too: both are reported', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  shop.safaricom.control.cancel(checkoutRequestId)
  await untilStatus(shop, id, 'failed')
  const second = await startTry(shop, order)
  shop.safaricom.control.settle(checkoutRequestId, '0')
  shop.safaricom.control.pay(second.checkoutRequestId)
  for (const payment of [id, second.id]) {
    await untilStatus(shop, payment, 'completed')
    await eventually('told', async () => (await paymentRow(shop, payment)).reported_at)
  }
  const receipts = (await triesOf(shop, order)).map(({ transaction_id }) => transaction_id)
  expect(new Set(receipts).size).toBe(2)
})

describe('what does not fit goes to a person, and Safaricom is asked', () => {
  const lies: [string, object, string][] = [
    ['another amount', paid('UAB1111111', 1), 'wrong_amount'],
    ['an amount that is none', paid('UAB1111112', '1,500'), 'wrong_amount'],
    ['no amount', { items: [{ Name: 'MpesaReceiptNumber', Value: 'UAB1111113' }] }, 'wrong_amount'],
    ['no items', { items: null }, 'wrong_amount'],
    ['no receipt', paid(''), 'no_receipt'],
    ['a receipt that is none', paid("x'; DROP TABLE payments"), 'no_receipt'],
    ['another CheckoutRequestID', { CheckoutRequestID: 'ws_CO_other' }, 'wrong_ids'],
    ['another MerchantRequestID', { MerchantRequestID: 'other' }, 'wrong_ids'],
  ]

  test.each(lies)('%s', async (_what, change, kind) => {
    const { id, checkoutRequestId } = await startTry(shop)
    const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, change))
    expect(event).toMatchObject({ outcome: 'review', payment_id: id })
    expect(await reviewsOf(shop, id)).toMatchObject([{ kind }])
    const row = await paymentRow(shop, id)
    expect(row).toMatchObject({ status: 'pending', transaction_id: null, external_reference: checkoutRequestId })
    expect(row.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now())
  })

  const unreadable: [string, Buffer][] = [
    ['no JSON', Buffer.from('paid!')],
    ['nothing', Buffer.alloc(0)],
    ['JSON of another shape', Buffer.from('{"Body":[1]}')],
    ['JSON that is null', Buffer.from('null')],
    ['NUL bytes', Buffer.from('{"Body":"\u0000\u0000"}')],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0xc3, 0x28, 0x7d])],
    ['nesting without end', Buffer.from('['.repeat(40_000))],
    ['a result that is an object', Buffer.from('{"Body":{"stkCallback":{"ResultCode":{}}}}')],
  ]

  test.each(unreadable)('%s', async (_what, body) => {
    const { id, checkoutRequestId } = await startTry(shop)
    const event = await deliver(shop, checkoutRequestId, body)
    expect(event).toMatchObject({ outcome: 'review', payment_id: id })
    expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'unreadable_callback' }])
    await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
    await untilStatus(shop, id, 'completed')
  })

  test('the receipt of another payment', async () => {
    const [first, second] = [await startTry(shop), await startTry(shop)]
    const receipt = newReceipt()
    await deliver(shop, first.checkoutRequestId, callbackOf(shop, first.checkoutRequestId, paid(receipt)))
    const lower = callbackOf(shop, second.checkoutRequestId, paid(receipt.toLowerCase()))
    await deliver(shop, second.checkoutRequestId, lower)
    expect(await reviewsOf(shop, second.id)).toMatchObject([{ kind: 'receipt_reused' }])
    expect(await paymentRow(shop, second.id)).toMatchObject({ status: 'pending', transaction_id: null })
  })

  test('a second receipt for a payment', async () => {
    const { id, checkoutRequestId } = await startTry(shop)
    const receipt = newReceipt()
    await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, paid(receipt)))
    const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
    expect(event.outcome).toBe('review')
    expect(await reviewsOf(shop, id)).toMatchObject([{ kind: 'second_receipt' }])
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', transaction_id: receipt })
  })
})

test('one receipt for two payments at once completes one of them', async () => {
  const tries = [await startTry(shop), await startTry(shop)]
  const receipt = newReceipt()
  await Promise.all(
    tries.map(({ checkoutRequestId: id }) =>
      postCallback(shop, callbackPath(shop, id), callbackOf(shop, id, paid(receipt))).expect(200),
    ),
  )
  const sql = 'SELECT id FROM payments WHERE transaction_id = $1'
  const holders = await eventually('one completed', async () => {
    const rows = await shop.rows(sql, [receipt])
    return rows.length > 0 && rows
  })
  expect(holders).toHaveLength(1)
  const rows = await Promise.all(tries.map(({ id }) => paymentRow(shop, id)))
  expect(rows.map(({ status }) => status).sort()).toEqual(['completed', 'pending'])
})

test('codes as text, odd values and unknown fields are read', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const receipt = newReceipt()
  const items = [
    { Name: 'Balance', Value: null },
    { Name: 'Extra', Value: { nested: [1] } },
    ...paidItems(receipt, '1500.00').reverse(),
  ]
  const text = callbackOf(shop, checkoutRequestId, { ResultCode: '0', ResultDesc: null, items })
  await deliver(shop, checkoutRequestId, text)
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', transaction_id: receipt })
})

test('a forged secret is kept and has no effect', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const secret = randomBytes(32).toString('hex')
  const text = callbackOf(shop, checkoutRequestId)
  const answer = await postCallback(shop, `/api/webhook/m/${secret}`, text).expect(200)
  expect(answer.body).toEqual(accepted)
  const event = await eventually('unmatched', () =>
    shop.row<EventRow>(`SELECT * FROM webhook_events WHERE outcome = 'unmatched' AND body = $1`, [text]),
  )
  expect(event.payment_id).toBeNull()
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', checks: 0 })
  expect(JSON.stringify(event)).not.toContain(secret)
})

describe('a stranger who spells NUL in an id', () => {
  afterAll(() => shop.rows(`DELETE FROM payment_reviews WHERE kind = 'unmatched'`))

  const withNul = () =>
    writeCallback({
      CheckoutRequestID: `ws_CO_\u0000${newReceipt()}`,
      MerchantRequestID: '1',
      items: paidItems(newReceipt()),
    })

  test.each(['/api/webhook/mpesa', `/api/webhook/m/${'ab'.repeat(32)}`])(
    'is answered as all are at %s',
    async (path) => {
      const text = withNul()
      expect((await postCallback(shop, path, text).expect(200)).body).toEqual(accepted)
      const sql = `SELECT * FROM webhook_events WHERE outcome = 'unmatched' AND body = $1`
      await eventually('unmatched', () => shop.row<EventRow>(sql, [text]))
    },
  )
})

test("the secret of one payment does not pay another's", async () => {
  const [mine, theirs] = [await startTry(shop), await startTry(shop)]
  await deliver(shop, mine.checkoutRequestId, callbackOf(shop, theirs.checkoutRequestId))
  expect(await reviewsOf(shop, mine.id)).toMatchObject([{ kind: 'wrong_ids' }])
  for (const { id } of [mine, theirs]) expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
})

test('a body that is too large is refused and not kept', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const path = callbackPath(shop, checkoutRequestId)
  const answer = await postCallback(shop, path, `"${'x'.repeat(110_000)}"`).expect(413)
  expect(answer.body).toMatchObject({ code: 'payload_too_large', detail: expect.stringContaining('100kb') })
  expect(await eventsOf(id)).toEqual([])
})

describe('at the path without a secret', () => {
  const post = (body: string) => postCallback(shop, '/api/webhook/mpesa', body)

  test('a success completes nothing: it is kept, and Safaricom is asked once per interval', async () => {
    const { id, checkoutRequestId } = await startTry(shop)
    const answer = await post(callbackOf(shop, checkoutRequestId)).expect(200)
    expect(answer.body).toEqual(accepted)
    const hurried = await paymentRow(shop, id)
    expect(hurried.status).toBe('pending')
    expect(hurried.next_check_at!.getTime()).toBeLessThanOrEqual(Date.now())
    await shop.rows(
      `UPDATE payments SET checked_at = now(), next_check_at = now() + interval '60 seconds' WHERE id = $1`,
      [id],
    )
    await post(callbackOf(shop, checkoutRequestId)).expect(200)
    expect((await paymentRow(shop, id)).next_check_at!.getTime()).toBeGreaterThan(Date.now() + 30_000)
    expect(await eventsOf(id)).toEqual([])
  })

  test('a payment that was given up on is not asked about for ever', async () => {
    const { id, checkoutRequestId } = await startTry(shop)
    await shop.rows('UPDATE payments SET next_check_at = NULL WHERE id = $1', [id])
    await post(callbackOf(shop, checkoutRequestId)).expect(200)
    expect((await paymentRow(shop, id)).next_check_at).toBeNull()
  })

  test.each(['', 'null', 'nonsense', '{"Body":{}}'])('%p is kept', async (text) => {
    expect((await post(text).expect(200)).body).toEqual(accepted)
    const sql = 'SELECT * FROM webhook_events WHERE secret_hash IS NULL AND body = $1'
    expect(await shop.row(sql, [text])).toMatchObject({ outcome: 'unmatched' })
  })
})

test('what matched nothing is deleted by age and number, what matched is kept', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  await shop.rows(`DELETE FROM webhook_events WHERE outcome = 'unmatched'`)
  await shop.rows(
    `INSERT INTO webhook_events (id, provider, digest, body, outcome, received_at)
     SELECT gen_random_uuid(), 'mpesa', 'flood ' || n, '', 'unmatched', now() - make_interval(secs => n)
     FROM generate_series(1, 10002) n`,
  )
  await shop.rows(
    `UPDATE webhook_events SET received_at = now() - interval '31 days' WHERE digest = 'flood 1' OR payment_id IS NOT NULL`,
  )
  await deleteOldUnmatchedEvents(shop.deps)
  const kept = await shop.rows<{ digest: string }>(`SELECT digest FROM webhook_events WHERE outcome = 'unmatched'`)
  expect(kept).toHaveLength(10_000)
  const digests = new Set(kept.map(({ digest }) => digest))
  expect([digests.has('flood 1'), digests.has('flood 2'), digests.has('flood 10002')]).toEqual([false, true, false])
  expect(await eventsOf(id)).toHaveLength(1)
})

test('only POST is taken', async () => {
  await supertest(shop.app).get('/api/webhook/m/abc').expect(405)
})

test('where the addresses of Safaricom are known, a callback from elsewhere proves nothing, whoever knows its secret', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const path = callbackPath(shop, checkoutRequestId)
  const text = callbackOf(shop, checkoutRequestId)
  const from = (address: string) => postCallback(shop, path, text).set('x-forwarded-for', address)
  shop.deps.mpesa!.allowedIps = ['196.201.214.200']
  try {
    // Only what the gateway, the last one in front, says of the address counts.
    for (const address of ['203.0.113.9', '196.201.214.200, 203.0.113.9', '']) {
      expect((await from(address).expect(200)).body).toEqual(accepted)
    }
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', transaction_id: null })
    expect(await eventsOf(id)).toEqual([])
    await from('203.0.113.9, 196.201.214.200').expect(200)
    await untilStatus(shop, id, 'completed')
  } finally {
    shop.deps.mpesa!.allowedIps = []
  }
})

test.each(['\u0000', 'a\u0000b', '\ud800', 'x'.repeat(300), 'x'.repeat(5000), '\u202e'])(
  'whatever is text in a callback may be odd, and is answered and applied: %j',
  async (odd) => {
    const { id, checkoutRequestId } = await startTry(shop)
    const odds = [
      { ResultDesc: odd, ResultCode: 4999 },
      { MerchantRequestID: odd },
      { CheckoutRequestID: odd },
      { ResultCode: odd },
      { items: [{ Name: odd, Value: odd }] },
      { items: paidItems(odd) },
      { items: paidItems(newReceipt(), odd) },
      { items: paidItems(newReceipt(), 1e300) },
      { items: [...paidItems(newReceipt(), 1), { Name: 'PhoneNumber', Value: odd }] },
    ]
    for (const change of odds) {
      const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId, change))
      expect(event.outcome).not.toBeNull()
    }
    expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending', completed_at: null })
  },
)
