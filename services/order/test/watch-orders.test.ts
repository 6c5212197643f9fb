import { randomUUID } from 'node:crypto'
import { asUser, eventually, readMetric, readMetrics, startApp } from '@duka/testkit'
import { createApp } from '../src/app'
import { byOrder, moveOrder } from '../src/move-order'
import { watchOrders } from '../src/watch-orders'
import { placedOrder, report, type Shop, startShop } from './support'

let shop: Shop
let running: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  shop = await startShop()
  running = await startApp(createApp(shop.deps))
})
afterAll(async () => {
  await running.stop()
  await shop.stop()
})

const moved = async (to: string, actor: string) =>
  (await readMetric(running.url, 'orders_moved_total', { to, actor })) ?? 0

test('moves count by where to and by whom, once they are committed', async () => {
  const [placed, paid, cancelled] = [
    await moved('pending', 'customer'),
    await moved('paid', 'system'),
    await moved('cancelled', 'customer'),
  ]
  const { order } = await placedOrder(shop)
  await report(shop, order).expect(200)
  const other = await placedOrder(shop)
  await other.customer.cancel(other.order.id).expect(200)
  await other.customer.cancel(other.order.id).expect(200)
  const { order: undone } = await placedOrder(shop)
  const undo = shop.deps.database.transaction(async (transaction) => {
    await moveOrder(shop.deps, undone.id, { to: 'cancelled', actor: byOrder, reason: 'No.' }, transaction)
    throw new Error('rolled back')
  })
  await expect(undo).rejects.toThrow('rolled back')
  expect(await moved('pending', 'customer')).toBe(placed + 3)
  expect(await moved('paid', 'system')).toBe(paid + 1)
  expect(await moved('cancelled', 'customer')).toBe(cancelled + 1)
  expect(await moved('cancelled', 'system')).toBe(0)
})

test('what the shop moves is told apart', async () => {
  const { order } = await placedOrder(shop)
  await report(shop, order).expect(200)
  await shop.client
    .patch(`/api/admin/orders/${order.id}/status`)
    .set({ authorization: asUser(randomUUID(), 'admin') })
    .send({ status: 'processing' })
    .expect(200)
  expect(await moved('processing', 'admin')).toBe(1)
})

test('open orders are told by their status, and how long the time of one is up', async () => {
  await shop.rows('UPDATE orders SET expires_at = now() + interval $$1 hour$$')
  const { order } = await placedOrder(shop)
  await shop.rows(`UPDATE orders SET expires_at = now() - interval '90 seconds' WHERE id = $1`, [order.id])
  const rows = await shop.rows<{ status: string; total: number }>(
    'SELECT status, count(*)::int AS total FROM orders GROUP BY status',
  )
  const totals = new Map(rows.map(({ status, total }) => [status, total]))
  watchOrders(shop.deps.database)
  const lines = await readMetrics(running.url)
  const told = lines.filter(({ name }) => name === 'orders_open').map(({ labels, value }) => [labels.status, value])
  expect(told).toEqual(
    ['pending', 'confirmed', 'paid', 'processing', 'shipped'].map((status) => [status, totals.get(status) ?? 0]),
  )
  expect(totals.get('pending')).toBeGreaterThan(0)
  const overdue = lines.find(({ name }) => name === 'orders_expiry_overdue_seconds')?.value
  expect(overdue).toBeGreaterThanOrEqual(90)
})

test('a database that does not answer leaves its gauges out, and the rest is told', async () => {
  const broken = { query: () => undefined } as unknown as typeof shop.deps.database
  watchOrders(broken)
  await eventually('the rest', async () => (await moved('pending', 'customer')) > 0)
  expect(await readMetric(running.url, 'orders_open')).toBeUndefined()
  watchOrders(shop.deps.database)
})
