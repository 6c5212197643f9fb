import { randomUUID } from 'node:crypto'
import { asService, asUser, eventually } from '@duka/testkit'
import supertest from 'supertest'
import { admin, refund, startPaid, untilRefund } from './refund-support'
import { callbackOf, deliver, newOrder, pay, paymentRow, type Shop, startShop, startTry, untilStatus } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

const get = (path: string, authorization = admin) => supertest(shop.app).get(path).set({ authorization })
const timelineOf = (orderId: string) =>
  get(`/api/internal/payments/order/${orderId}/timeline`, asService('order', 'payment'))
const found = async (query: string) =>
  (await get(`/api/admin/payments?${query}`).expect(200)).body.payments.map(({ id }: { id: string }) => id)

test('payments are found by what people have in hand', async () => {
  const { id, order, receipt, checkoutRequestId } = await startPaid(shop)
  const { phone_number, user_id } = await paymentRow(shop, id)
  const local = phone_number!.replace('254', '0')
  const searches = [
    id,
    id.toUpperCase(),
    order.id,
    user_id,
    order.orderNumber,
    order.orderNumber.toLowerCase(),
    receipt,
    receipt.toLowerCase(),
    checkoutRequestId,
    local,
    `+${phone_number}`,
    `\u202a${local.slice(0, 4)}\u00a0${local.slice(4, 7)}\u2011${local.slice(7)}\u202c`,
    `\u200e${order.orderNumber}\u200b`,
    `\ufeff${id}`,
  ]
  for (const search of searches) {
    expect([search, await found(`search=${encodeURIComponent(search)}`)]).toEqual([search, [id]])
  }
  for (const search of [randomUUID(), 'DK', '%', '_', "' OR 1=1", '0799999999']) {
    expect(await found(`search=${encodeURIComponent(search)}`)).toEqual([])
  }
})

test('filters narrow, pages and cursors go through all, newest first', async () => {
  const from = new Date().toISOString()
  const tries = []
  for (let count = 0; count < 5; count++) tries.push((await startTry(shop)).id)
  const { body } = await get(`/api/admin/payments?from=${from}&limit=2`).expect(200)
  expect(body).toMatchObject({ currentPage: 1, totalPages: 3, totalPayments: 5 })
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const { body: page } = await get(`/api/admin/payments?from=${from}&limit=2${cursor}`).expect(200)
    seen.push(...page.payments.map(({ id }: { id: string }) => id))
    if (!page.nextCursor) break
    cursor = `&cursor=${page.nextCursor}`
  }
  expect(seen).toEqual(tries.toReversed())
  expect(await found(`from=${from}&page=2&limit=3`)).toEqual(tries.toReversed().slice(3))
  expect(await found(`from=${from}&status=completed`)).toEqual([])
  expect(await found(`from=${from}&provider=stripe`)).toEqual([])
  expect(await found(`from=${from}&provider=mpesa&status=pending&limit=100`)).toHaveLength(5)
  expect(await found(`from=${from}&to=${from}`)).toEqual([])
  await get('/api/admin/payments?cursor=x').expect(400)
  await get('/api/admin/payments?status=paid').expect(400)
})

test('what a bank disputes is shown with its payment and in the timeline', async () => {
  const { id, order } = await startPaid(shop)
  await shop.rows(
    `INSERT INTO disputes (id, payment_id, amount, currency, reason, status, closed_at)
     VALUES ('dp_1', $1, 1500, 'KES', 'fraudulent', 'lost', now())`,
    [id],
  )
  const { body } = await get(`/api/admin/payments/${id}`).expect(200)
  expect(body.disputes).toEqual([expect.objectContaining({ id: 'dp_1', amount: 1500, status: 'lost', answerBy: null })])
  const { events } = (await timelineOf(order.id).expect(200)).body
  expect(events.map(({ kind }: { kind: string }) => kind)).toEqual(
    expect.arrayContaining(['dispute_opened', 'dispute_closed']),
  )
})

test('one payment is shown with all that happened to it', async () => {
  const { id, order } = await startPaid(shop)
  const { body } = await refund(shop, id).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  await eventually('order told', async () => shop.orders.get(order.id)?.status === 'refunded')
  const shown = (await get(`/api/admin/payments/${id}`).expect(200)).body
  expect(shown).toMatchObject({
    payment: { id, status: 'refunded', orderNumber: order.orderNumber, refundingAmount: 0, refundedAmount: 1500 },
    refunds: [{ id: body.refund.id, status: 'succeeded', actor: { role: 'admin' } }],
    reviews: [],
    events: [
      { provider: 'mpesa', outcome: 'applied', body: expect.stringContaining('stkCallback') },
      { provider: 'mpesa', outcome: 'applied', body: expect.stringContaining('ConversationID') },
    ],
  })
  expect(JSON.stringify(shown)).not.toMatch(/hash/)
})

const replay = (id: string, authorization = admin) =>
  supertest(shop.app).post(`/api/admin/payments/events/${id}/replay`).set({ authorization })

test('what could not be applied is applied by a replay, and nothing counts twice', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const event = await deliver(shop, checkoutRequestId, callbackOf(shop, checkoutRequestId))
  await untilStatus(shop, id, 'completed')
  // As if a bug had made nothing of it.
  await shop.rows(`UPDATE payments SET status = 'pending', completed_at = NULL, transaction_id = NULL WHERE id = $1`, [
    id,
  ])
  await shop.rows(`UPDATE webhook_events SET outcome = 'ignored' WHERE id = $1`, [event.id])
  expect((await replay(event.id).expect(200)).body.event).toMatchObject({ id: event.id, outcome: 'applied' })
  const row = await paymentRow(shop, id)
  expect(row.status).toBe('completed')
  const answers = await Promise.all([1, 2, 3].map(() => replay(event.id).expect(200)))
  expect(answers.map(({ body }) => body.event.id)).toEqual([event.id, event.id, event.id])
  expect((await paymentRow(shop, id)).completed_at).toEqual(row.completed_at)
})

test('what providers sent is listed as it came', async () => {
  const { checkoutRequestId } = await startTry(shop)
  const text = callbackOf(shop, checkoutRequestId, { ResultCode: 4999 })
  const { id } = await deliver(shop, checkoutRequestId, text)
  const { body } = await get('/api/admin/payments/events?outcome=ignored&limit=1').expect(200)
  expect(body.events).toEqual([expect.objectContaining({ id, body: text, outcome: 'ignored' })])
  expect((await get('/api/admin/payments/events?outcome=waiting').expect(200)).body.events).toEqual([])
  await supertest(shop.app).post('/api/webhook/mpesa').send(text).expect(200)
  const unproven = (await get('/api/admin/payments/events?outcome=unmatched&limit=1').expect(200)).body.events[0]
  expect((await replay(unproven.id).expect(409)).body.code).toBe('not_replayable')
})

test('the timeline of an order tells every hop of its money', async () => {
  const order = newOrder(shop)
  const failed = (await pay(shop, order).expect(201)).body
  shop.safaricom.control.settle(failed.checkoutRequestId, '2001')
  await untilStatus(shop, failed.payment.id, 'failed')
  const { id } = await startPaidFor(order)
  const { body } = await refund(shop, id, { amount: 500 }).expect(202)
  await untilRefund(shop, body.refund.id, 'succeeded')
  const { events } = (await timelineOf(order.id).expect(200)).body
  expect(events.map(({ kind }: { kind: string }) => kind).sort()).toEqual(
    [
      'callback',
      'callback',
      'callback',
      'order_told',
      'payment_completed',
      'payment_failed',
      'payment_started',
      'payment_started',
      'refund_payout_sent',
      'refund_requested',
      'refund_succeeded',
    ].sort(),
  )
  const times = events.map(({ at }: { at: string }) => at)
  expect(times).toEqual(times.toSorted())
  expect(events[0]).toMatchObject({
    kind: 'payment_started',
    text: expect.stringMatching(/^M-Pesa was asked for the money, on 2547\*\*\*\*\d{3}\.$/),
    actor: { id: order.userId, role: 'customer' },
  })
  expect(events).toContainEqual(
    expect.objectContaining({ kind: 'refund_requested', actor: { id: expect.any(String), role: 'admin' } }),
  )
  expect(JSON.stringify(events)).not.toContain(failed.payment.phoneNumber)
})

async function startPaidFor(order: ReturnType<typeof newOrder>) {
  const { body } = await pay(shop, order).expect(201)
  shop.safaricom.control.pay(body.checkoutRequestId)
  await untilStatus(shop, body.payment.id, 'completed')
  await eventually('order told', async () => (await paymentRow(shop, body.payment.id)).reported_at)
  return { id: body.payment.id as string }
}

test('only who may', async () => {
  for (const path of ['', '/events', `/${randomUUID()}`]) {
    await get(`/api/admin/payments${path}`, '').expect(401)
    await get(`/api/admin/payments${path}`, asUser()).expect(403)
  }
  await get('/api/admin/payments/x').expect(404)
  await get(`/api/admin/payments/${randomUUID()}`).expect(404)
  await replay(randomUUID()).expect(404)
  await replay(randomUUID(), asUser()).expect(403)
  await get(`/api/internal/payments/order/${randomUUID()}/timeline`, asService('cart', 'payment')).expect(403)
})
