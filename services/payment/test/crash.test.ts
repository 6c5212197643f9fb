import { eventually, letJobsBeDue, waitingJobs } from '@duka/testkit'
import type { Deps } from '../src/deps'
import { startPaymentJobs } from '../src/jobs'
import { receiveMpesaCallback } from '../src/receive-callback'
import { callbackOf, callbackPath, check, paymentRow, type Shop, startShop, startTry, untilStatus } from './support'

let shop: Shop

beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.stop())

/** A process that dies once a callback is kept, which takes one statement: what begins to apply it never happens. */
function dyingOnceKept(): { deps: Deps; died: Promise<void> } {
  let die = () => {}
  const died = new Promise<void>((resolve) => {
    die = resolve
  })
  const transaction = () => {
    die()
    return new Promise(() => undefined)
  }
  const dying = new Proxy(shop.deps.database, {
    get: (target, name) => (name === 'transaction' ? transaction : Reflect.get(target, name)),
  })
  return { deps: { ...shop.deps, database: dying }, died }
}

const secretOf = (checkoutRequestId: string) => callbackPath(shop, checkoutRequestId).split('/').at(-1)!
const runJobsNow = () => shop.rows(letJobsBeDue)

test('a callback that was answered but never applied is applied by the next process, and the order told', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  const { deps, died } = dyingOnceKept()
  const text = callbackOf(shop, checkoutRequestId)
  const answer = await receiveMpesaCallback(deps, secretOf(checkoutRequestId), Buffer.from(text))
  await died
  expect(answer).toEqual({ ResultCode: 0, ResultDesc: 'Accepted' })
  expect(await shop.row('SELECT body, outcome FROM webhook_events')).toEqual({ body: text, outcome: null })
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
  await runJobsNow()
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  try {
    await untilStatus(shop, id, 'completed')
    await eventually('order paid', async () => shop.orders.get(order.id)?.status === 'paid')
    await eventually('no job left', async () => (await shop.rows(`SELECT 1 FROM ${waitingJobs}`)).length === 0)
    expect(shop.order.reports.filter(({ paymentId }) => paymentId === id)).toHaveLength(1)
  } finally {
    await jobs.stop()
  }
})

test('a completed payment whose process died before the report is reported by the next one', async () => {
  const { id, order, checkoutRequestId } = await startTry(shop)
  const { order: orderClient } = shop.deps
  let asked = () => {}
  const calling = new Promise<void>((resolve) => {
    asked = resolve
  })
  shop.deps.order = {
    ...orderClient,
    call: () => {
      asked()
      return new Promise(() => undefined)
    },
  }
  shop.safaricom.control.pay(checkoutRequestId)
  await calling
  shop.deps.order = orderClient
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'completed', reported_at: null })
  await runJobsNow()
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  try {
    await eventually('reported', async () => (await paymentRow(shop, id)).reported_at)
    expect(shop.orders.get(order.id)?.status).toBe('paid')
  } finally {
    await jobs.stop()
  }
})

test('a job of a dead process is taken over', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  const { deps, died } = dyingOnceKept()
  await receiveMpesaCallback(deps, secretOf(checkoutRequestId), Buffer.from(callbackOf(shop, checkoutRequestId)))
  await died
  await shop.rows(
    `WITH due AS (DELETE FROM delayed_jobs RETURNING *)
     SELECT graphile_worker.add_job(task, payload := payload, job_key := key) FROM due`,
  )
  await shop.rows(
    `UPDATE graphile_worker._private_jobs SET locked_by = 'pool-of-the-dead', locked_at = now() - interval '11 seconds',
       run_at = now(), attempts = 1`,
  )
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  try {
    await untilStatus(shop, id, 'completed')
  } finally {
    await jobs.stop()
  }
})

test('a callback that cannot be applied is kept, and applied once it can', async () => {
  const { id, checkoutRequestId } = await startTry(shop)
  // A bug in applying, such as a receipt that does not fit.
  await shop.rows(`ALTER TABLE payments ADD CONSTRAINT bug CHECK (status <> 'completed') NOT VALID`)
  const answer = await receiveMpesaCallback(
    shop.deps,
    secretOf(checkoutRequestId),
    Buffer.from(callbackOf(shop, checkoutRequestId)),
  )
  expect(answer.ResultCode).toBe(0)
  await eventually('failed to apply', async () => shop.lines.some((line) => line.includes('left_to_job')))
  expect(await paymentRow(shop, id)).toMatchObject({ status: 'pending' })
  await shop.rows('ALTER TABLE payments DROP CONSTRAINT bug')
  await runJobsNow()
  const jobs = await startPaymentJobs(shop.deps, shop.databaseUrl)
  try {
    await untilStatus(shop, id, 'completed')
  } finally {
    await jobs.stop()
  }
})

test('a process that died between the try and the push leaves a try that is asked about, not sent', async () => {
  const { id } = await startTry(shop)
  await shop.rows('UPDATE payments SET external_reference = NULL, merchant_request_id = NULL WHERE id = $1', [id])
  const pushes = shop.safaricom.control.transactions().length
  expect(await check(shop, id)).toMatchObject({ status: 'pending', checks: 1 })
  expect(shop.safaricom.control.transactions()).toHaveLength(pushes)
})
