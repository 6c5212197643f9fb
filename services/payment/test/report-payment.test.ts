import { eventually, letJobsBeDue, loseJobs, waitingJobs } from '@duka/testkit'
import { startPaymentJobs } from '../src/jobs'
import { readOrderTimeline } from '../src/read-timeline'
import { reportPayment, reportUnreportedPayments } from '../src/report-payment'
import { callbackOf, deliver, paymentRow, reviewsOf, type Shop, startShop, startTry } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
  // Without the means to give it back, money stays where it is.
  shop.useSafaricom(shop.safaricom.url, { initiator: null })
})
afterAll(() => shop.stop())
afterEach(() => {
  shop.order.mood = 'up'
  shop.order.refuses = null
})

/** Money comes while the order service is in the given mood. */
async function receiveMoney(mood: Shop['order']['mood'] = 'up') {
  shop.order.mood = 'up'
  const started = await startTry(shop)
  shop.order.mood = mood
  await deliver(shop, started.checkoutRequestId, callbackOf(shop, started.checkoutRequestId))
  await eventually('told', async () => reportsOf(started.id).length > 0)
  return started
}

const reportsOf = (id: string) => shop.order.reports.filter(({ paymentId }) => paymentId === id)
const jobOf = (id: string) =>
  shop.row<{ attempts: number }>(`SELECT attempts FROM ${waitingJobs} WHERE key = $1`, [`report-payment:${id}`])
const untilReported = (id: string) => eventually('reported', async () => (await paymentRow(shop, id)).reported_at)
const runJobsNow = () => shop.rows(letJobsBeDue)

test('what was reported at once leaves no job behind', async () => {
  const { id } = await receiveMoney()
  await untilReported(id)
  await eventually('job dropped', async () => (await jobOf(id)) === undefined)
  expect(reportsOf(id)).toHaveLength(1)
})

test.each(['down', 'silent'] as const)(
  'an order service that is %s hears of the money later, by the job',
  async (mood) => {
    const { id, order } = await receiveMoney(mood)
    shop.lines.length = 0
    const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
    try {
      await runJobsNow()
      await eventually('job postponed', async () => shop.lines.some((line) => line.includes('job_postponed')))
      expect((await paymentRow(shop, id)).reported_at).toBeNull()
      shop.order.mood = 'up'
      await eventually('postponed job waits', () => jobOf(id))
      await runJobsNow()
      await untilReported(id)
      expect(shop.orders.get(order.id)?.status).toBe('paid')
      const jobEvents = async () =>
        (await readOrderTimeline(shop.deps, order.id)).events.filter(({ kind }) => kind.startsWith('job_'))
      await eventually('end noted', async () => (await jobEvents()).length === 2)
      expect(await jobEvents()).toMatchObject([
        { kind: 'job_failed', detail: { task: 'report-payment', lastError: expect.stringContaining('order') } },
        { kind: 'job_done' },
      ])
    } finally {
      await jobs.stop()
    }
  },
)

test('the sweep finds money whose job was lost, and one that the order refuses holds up no other', async () => {
  const [strange, lost] = [await receiveMoney('down'), await receiveMoney('down')]
  await shop.rows(loseJobs)
  shop.orders.delete(strange.order.id)
  shop.order.mood = 'up'
  await reportUnreportedPayments(shop.deps)
  expect((await paymentRow(shop, lost.id)).reported_at).toBeNull()
  await shop.rows(`UPDATE payments SET completed_at = completed_at - interval '15 seconds' WHERE reported_at IS NULL`)
  await reportUnreportedPayments(shop.deps)
  expect((await paymentRow(shop, lost.id)).reported_at).not.toBeNull()
  expect((await paymentRow(shop, strange.id)).reported_at).toBeNull()
})

test('money that the order cannot take is put before a person, once', async () => {
  shop.order.refuses = 'The order was cancelled and its stock is gone.'
  const { id } = await receiveMoney()
  await untilReported(id)
  await reportPayment(shop.deps, id)
  expect(await reviewsOf(shop, id)).toEqual([
    { kind: 'refund_due', detail: 'The order was cancelled and its stock is gone.' },
  ])
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed' })
})

test('two reports at once open one review', async () => {
  const { id } = await receiveMoney('down')
  shop.order.mood = 'up'
  shop.order.refuses = 'Paid already.'
  await Promise.all([reportPayment(shop.deps, id), reportPayment(shop.deps, id), reportPayment(shop.deps, id)])
  expect(await reviewsOf(shop, id)).toHaveLength(1)
})

test('a payment without money is never reported', async () => {
  const { id } = await startTry(shop)
  await reportPayment(shop.deps, id)
  expect(reportsOf(id)).toEqual([])
})
