import { randomUUID } from 'node:crypto'
import type { AnswerOf, orderContract, paymentContract } from '@duka/contracts'
import { asUser } from '@duka/testkit'
import { type Order, placedOrder, report, runJobs, type Shop, startShop } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())
beforeEach(() => shop.reset())

const adminId = randomUUID()
const authorization = asUser(adminId, 'admin')

interface Timeline {
  order: Order
  events: orderContract.TimelineEvent[]
  jobs: orderContract.WaitingJob[]
  missing: string[]
}
const read = async (id: string) =>
  (await shop.client.get(`/api/admin/orders/${id}/timeline`).set({ authorization }).expect(200)).body as Timeline

/** Seconds after an order was placed. */
const after = (order: Order, seconds: number) => new Date(Date.parse(order.createdAt) + seconds * 1000).toISOString()

function paymentEvent(at: string, kind: string, detail: object = {}): paymentContract.TimelineEvent {
  return { at, kind, text: `It was ${kind}.`, detail: { ...detail }, actor: null, requestId: 'r-1' }
}

function addMovement(order: Order, kind: 'reserve' | 'commit', at: string, productId: string) {
  const deltas = { availableDelta: kind === 'reserve' ? -2 : 0, heldDelta: kind === 'reserve' ? 2 : -2 }
  shop.product.movements.push({
    id: randomUUID(),
    productId,
    kind,
    ...deltas,
    soldDelta: kind === 'commit' ? 2 : 0,
    reason: null,
    actor: 'order',
    orderId: order.id,
    attempt: 1,
    createdAt: at,
  })
}

async function paidOrder() {
  const placed = await placedOrder(shop)
  const paymentId = randomUUID()
  await report(shop, placed.order, { paymentId }).expect(200)
  await shop.rows(
    `UPDATE order_history SET created_at = $2::timestamptz + CASE to_status WHEN 'paid' THEN interval '9 s' ELSE '2 s' END
     WHERE order_id = $1`,
    [placed.order.id, placed.order.createdAt],
  )
  await shop.rows(`UPDATE order_payments SET created_at = $2::timestamptz + interval '8 s' WHERE order_id = $1`, [
    placed.order.id,
    placed.order.createdAt,
  ])
  return { ...placed, paymentId }
}

describe('the timeline of an order', () => {
  it('tells every hop over all services, in the order of their times', async () => {
    const { customer, order, productId, paymentId } = await paidOrder()
    addMovement(order, 'reserve', after(order, 1), productId)
    addMovement(order, 'reserve', after(order, 1), randomUUID())
    addMovement(order, 'commit', after(order, 10), productId)
    shop.payment.events = [
      paymentEvent(after(order, 3), 'payment_started', { provider: 'mpesa' }),
      paymentEvent(after(order, 7), 'callback'),
    ]
    const timeline = await read(order.id)
    expect(timeline.events.map(({ source, kind }) => `${source} ${kind}`)).toEqual([
      'order written',
      'product stock_reserve',
      'order moved',
      'payment payment_started',
      'payment callback',
      'order money_taken',
      'order moved',
      'product stock_commit',
    ])
    const [written, held, placed, , callback, taken, paid] = timeline.events
    expect(written!.text).toContain(order.orderNumber)
    expect(held!.detail).toMatchObject({ attempt: 1, items: [{ productId, quantity: 2 }, { quantity: 2 }] })
    expect(placed!.actor).toEqual({ id: customer.id, role: 'customer' })
    expect(callback).toMatchObject({ text: 'It was callback.', requestId: 'r-1' })
    expect(taken!.detail).toEqual({ paymentId })
    expect(paid).toMatchObject({ actor: { id: null, role: 'payment' }, detail: { from: 'pending', to: 'paid' } })
    expect(timeline).toMatchObject({ jobs: [], missing: [], order: { id: order.id, paymentId, status: 'paid' } })
  })

  it('tells who in the shop did what, and what was noted', async () => {
    const { order } = await paidOrder()
    const path = `/api/admin/orders/${order.id}/status`
    await shop.client.patch(path).set({ authorization }).send({ status: 'processing', note: 'Gift wrap' }).expect(200)
    const { events } = await read(order.id)
    expect(events.find(({ detail }) => detail.to === 'processing')).toMatchObject({
      actor: { id: adminId, role: 'admin' },
      detail: { from: 'paid', note: 'Gift wrap' },
      requestId: expect.any(String),
    })
  })

  it('tells why money was refused', async () => {
    const { order } = await paidOrder()
    await report(shop, order).expect(200)
    const refused = (await read(order.id)).events.filter(({ kind }) => kind === 'money_refused')
    expect(refused).toEqual([expect.objectContaining({ text: expect.stringContaining('another payment') })])
  })

  it('tells what is still to be done, how often it was tried and what gave up', async () => {
    const { order } = await placedOrder(shop)
    expect((await read(order.id)).jobs).toEqual([
      { task: 'expire-order', nextTryAt: order.expiresAt, tries: 0, lastError: null, gaveUp: false },
    ])
    shop.product.moods.commit = 'down'
    await report(shop, order).expect(200)
    const waiting = (await read(order.id)).jobs
    expect(waiting).toEqual([expect.objectContaining({ task: 'commit-stock', tries: 0, gaveUp: false })])
    await shop.rows(
      `WITH due AS (DELETE FROM delayed_jobs WHERE key = $1 RETURNING *)
       SELECT graphile_worker.add_job(task, payload := payload, job_key := key) FROM due`,
      [`commit-stock:${order.id}`],
    )
    await shop.rows(
      `UPDATE graphile_worker._private_jobs SET attempts = max_attempts, last_error = 'refused' WHERE key = $1`,
      [`commit-stock:${order.id}`],
    )
    expect((await read(order.id)).jobs).toEqual([
      { task: 'commit-stock', nextTryAt: null, tries: 25, lastError: 'refused', gaveUp: true },
    ])
  })

  it('tells what failed at first, and that it was done in the end', async () => {
    const { order } = await placedOrder(shop)
    shop.product.moods.commit = 'down'
    await report(shop, order).expect(200)
    shop.reset()
    await runJobs(shop, order.id, 'commit-stock')
    const { events, jobs } = await read(order.id)
    expect(jobs.filter(({ task }) => task === 'commit-stock')).toEqual([])
    expect(events.filter(({ kind }) => kind.startsWith('job_'))).toMatchObject([
      {
        source: 'order',
        kind: 'job_failed',
        detail: { task: 'commit-stock', failures: 1, lastError: expect.any(String) },
      },
      { source: 'order', kind: 'job_done', text: expect.stringContaining('after all') },
    ])
  })

  it.each(['down', 'silent'] as const)('names what is missing where product or payment is %s', async (mood) => {
    const { order, productId } = await paidOrder()
    addMovement(order, 'reserve', after(order, 1), productId)
    shop.payment.events = [paymentEvent(after(order, 3), 'payment_started')]
    shop.payment.mood = mood
    const withoutPayment = await read(order.id)
    expect(withoutPayment.missing).toEqual(['payment'])
    expect(withoutPayment.events.map(({ kind }) => kind)).toEqual([
      'written',
      'stock_reserve',
      'moved',
      'money_taken',
      'moved',
    ])
    shop.product.moods.movements = mood
    expect((await read(order.id)).missing).toEqual(['product', 'payment'])
  })

  it('is for the shop only', async () => {
    const { customer, order } = await placedOrder(shop)
    const path = `/api/admin/orders/${order.id}/timeline`
    await shop.client.get(path).expect(401)
    await shop.client
      .get(path)
      .set({ authorization: asUser(customer.id) })
      .expect(403)
    await shop.rows(`UPDATE orders SET status = 'placing' WHERE id = $1`, [order.id])
    await shop.client.get(path).set({ authorization }).expect(404)
  })
})

describe('what a customer reads', () => {
  const read = async ({ customer, order }: Awaited<ReturnType<typeof paidOrder>>) =>
    (await customer.get(`/${order.id}/history`).expect(200)).body as AnswerOf<typeof orderContract.readOrderHistory>

  it('tells of tries to pay in plain words, and of nothing that is for the shop', async () => {
    const placed = await paidOrder()
    const { order } = placed
    shop.payment.events = [
      paymentEvent(after(order, 3), 'payment_started', { provider: 'mpesa' }),
      paymentEvent(after(order, 4), 'callback', { resultCode: 1032 }),
      paymentEvent(after(order, 5), 'payment_failed', { code: 'cancelled' }),
      paymentEvent(after(order, 6), 'payment_started', { provider: 'stripe' }),
      paymentEvent(after(order, 7), 'review_opened'),
      paymentEvent(after(order, 20), 'refund_requested'),
    ]
    const { history, timeline, isComplete } = await read(placed)
    expect(timeline.map(({ by, text }) => `${by}: ${text}`)).toEqual([
      'customer: Order placed; waiting for payment.',
      'customer: A prompt to pay by M-Pesa was sent to the phone.',
      'shop: It was payment_failed.',
      'customer: A payment by card was started.',
      'shop: Payment received.',
      'shop: Money is on its way back.',
    ])
    expect([history.map(({ to }) => to), isComplete]).toEqual([['pending', 'paid'], true])
  })

  it('is the order’s own, and says so, where payment is down', async () => {
    const placed = await paidOrder()
    shop.payment.mood = 'down'
    const { history, timeline, isComplete } = await read(placed)
    expect([history.length, timeline.length, isComplete]).toEqual([2, 2, false])
  })
})
